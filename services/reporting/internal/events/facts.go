// Package events turns what other services publish into reporting's facts.
package events

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Durable is the name of reporting's consumer.
const Durable = "reporting-facts"

// Facts applies a batch of events.
func Facts(store app.FactStore) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		var routings []app.Routing
		var outcomes []app.Outcome
		for _, e := range events {
			switch e.Type {
			case "baoxue.event.v1.EntryRouted":
				var r eventv1.EntryRouted
				if err := proto.Unmarshal(e.Data, &r); err != nil {
					return fmt.Errorf("event %s: %w", e.ID, err)
				}
				routings = append(routings, app.Routing{
					EntryID: r.GetEntryId(), Version: int64(r.GetVersion()), County: r.GetCountyCode(),
					Source: domain.Source(r.GetSource()), At: r.GetOccurTime().AsTime(),
				})
			case "baoxue.event.v1.OutcomeChanged":
				var o eventv1.OutcomeChanged
				if err := proto.Unmarshal(e.Data, &o); err != nil {
					return fmt.Errorf("event %s: %w", e.ID, err)
				}
				outcomes = append(outcomes, app.Outcome{
					EntryID: o.GetEntryId(), Revision: int64(o.GetRevision()), Code: o.GetCode(), At: o.GetOccurTime().AsTime(),
				})
			case "baoxue.event.v1.WorkChanged", "baoxue.event.v1.UserDisabled", "baoxue.event.v1.RegionsChanged":
				// No figure counts work states. What a change of people or divisions moves is
				// told by the entries' own events.
			default:
				// An event that figures know nothing of could be one that they miss.
				return fmt.Errorf("event %s: type %q is not known here", e.ID, e.Type)
			}
		}
		return store.Apply(ctx, routings, outcomes)
	}
}
