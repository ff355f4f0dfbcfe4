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

// Teller tells the ledger of a change at once, so that the clerk's next list shows it.
type Teller struct {
	Projection Projection
	Log        *slog.Logger
}

// Tell has no vote: the change is committed, and its event repairs what is missed here.
func (t Teller) Tell(ctx context.Context, s domain.WorkState) {
	if s.Version == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), projectWithin)
	defer cancel()
	if err := t.Projection.ProjectWork(ctx, s); err != nil {
		t.Log.WarnContext(ctx, "ledger not told inline, the event will", "entry", s.EntryID, "work_version", s.Version, "error", err)
	}
}
