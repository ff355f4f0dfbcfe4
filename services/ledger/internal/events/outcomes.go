// Package events applies what other services publish.
package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// Durable is the name of the ledger's consumer.
const Durable = "ledger-outcomes"

// Subjects that the ledger listens to.
var Subjects = []string{"baoxue.verification.v1.outcome_changed.*"}

// Outcomes applies verification's outcomes to the projection: what the inline
// update already did changes nothing, what it missed is repaired.
func Outcomes(store app.Projector) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		outcomes := make([]app.Outcome, 0, len(events))
		for _, e := range events {
			var o eventv1.OutcomeChanged
			if err := e.Decode(&o); err != nil {
				return err
			}
			outcomes = append(outcomes, app.Outcome{EntryID: o.GetEntryId(), Revision: int64(o.GetRevision()), Code: o.GetCode(), At: o.GetOccurTime().AsTime()})
		}
		return store.ApplyOutcomes(ctx, outcomes)
	}
}
