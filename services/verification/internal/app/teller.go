package app

import (
	"context"
	"log/slog"

	"baoxue.internal/services/verification/internal/domain"
)

// Projection is the ledger's copy of the work states.
type Projection interface {
	ProjectWork(ctx context.Context, s domain.WorkState) error
}

// Teller tells the ledger of changes at once, so that the clerk's next list shows them.
type Teller struct {
	Projection Projection
	Log        *slog.Logger
}

// Tell has no vote: the changes are committed, and their events repair what is missed here. However
// many they are, the caller waits no longer than for one: where one can't be told, the rest is not tried.
func (t Teller) Tell(ctx context.Context, changed ...domain.WorkState) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), projectWithin)
	defer cancel()
	for i, s := range changed {
		if s.Version == 0 {
			continue
		}
		if err := t.Projection.ProjectWork(ctx, s); err != nil {
			t.Log.WarnContext(ctx, "ledger not told inline, the events will", "entry", s.EntryID, "work_version", s.Version,
				"untold", len(changed)-i, "error", err)
			return
		}
	}
}
