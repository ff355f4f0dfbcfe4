package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// WorksDurable is the name of the ledger's consumer of work states.
const WorksDurable = "ledger-works"

// WorkSubjects are what it listens to.
var WorkSubjects = []string{"baoxue.verification.v1.work_changed.*"}

// Works applies verification's work states to the projection.
func Works(store app.WorkProjector) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		works := make([]app.Work, 0, len(events))
		for _, e := range events {
			var w eventv1.WorkChanged
			if err := e.Decode(&w); err != nil {
				return err
			}
			works = append(works, app.Work{
				EntryID: w.GetEntryId(), Version: w.GetWorkVersion(), Returned: w.GetReturned(), Duty: w.GetDuty(),
				Closed: w.GetClosed(), DueOn: w.GetDueOn(), DueKind: w.GetDueKind(), LegalStep: w.GetLegalStep(),
			})
		}
		return store.ApplyWorks(ctx, works)
	}
}
