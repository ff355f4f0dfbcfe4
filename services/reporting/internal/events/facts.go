// Package events turns what other services publish into reporting's facts.
package events

import (
	"context"
	"fmt"
	"slices"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Durable is the name of reporting's consumer. A new name makes it begin with the first
// event again: the second one came with the work states, which the first had passed by.
const Durable = "reporting-facts-2"

// openDuties are those of WorkChanged that wait for somebody.
var openDuties = []string{"CREATE_RECORD", "CHANGE_STATUS"}

// Facts applies a batch of events.
func Facts(store app.FactStore) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		var facts app.Facts
		for _, e := range events {
			switch e.Type {
			case "baoxue.event.v1.EntryRouted":
				var r eventv1.EntryRouted
				if err := e.Decode(&r); err != nil {
					return err
				}
				facts.Routings = append(facts.Routings, app.Routing{
					EntryID: r.GetEntryId(), Version: int64(r.GetVersion()), County: r.GetCountyCode(),
					Source: domain.Source(r.GetSource()), At: r.GetOccurTime().AsTime(),
				})
			case "baoxue.event.v1.OutcomeChanged":
				var o eventv1.OutcomeChanged
				if err := e.Decode(&o); err != nil {
					return err
				}
				facts.Outcomes = append(facts.Outcomes, app.Outcome{
					EntryID: o.GetEntryId(), Revision: int64(o.GetRevision()), Code: o.GetCode(), At: o.GetOccurTime().AsTime(),
				})
			case "baoxue.event.v1.WorkChanged":
				var w eventv1.WorkChanged
				if err := e.Decode(&w); err != nil {
					return err
				}
				facts.Works = append(facts.Works, app.Work{
					EntryID: w.GetEntryId(), Version: w.GetWorkVersion(), Closed: w.GetClosed(), GivenBack: w.GetReturned(),
					DutyOpen: slices.Contains(openDuties, w.GetDuty()), DueOn: w.GetDueOn(), At: w.GetOccurTime().AsTime(),
				})
			case "baoxue.event.v1.UserDisabled", "baoxue.event.v1.RegionsChanged", "baoxue.event.v1.SupervisionOrderChanged",
				"baoxue.event.v1.TagsChanged":
				// What a change of people or divisions moves is
				// told by the entries' own events; what is demanded
				// of a county, and who is watched first, move nothing.
			default:
				// An event that figures know nothing of could be one that they miss.
				return fmt.Errorf("event %s: type %q is not known here", e.ID, e.Type)
			}
		}
		return store.Apply(ctx, facts)
	}
}
