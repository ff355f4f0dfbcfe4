package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/services/verification/internal/domain"
)

const (
	// Telling of many costs less for each, and no one waits for a disk.
	mostTold = 256
	// The inline projection is a courtesy to the clerk's next list: it may not hold
	// up what is already committed.
	tellWithin = 2 * time.Second
)

// Teller tells the ledger of findings and of what remains to be done at once, so that the clerk's
// next list shows them; together what is committed together.
type Teller struct {
	tellings *gather.Gatherer[Saved, struct{}]
	log      *slog.Logger
}

// NewTeller returns one that tells a ledger.
func NewTeller(ledger Ledger, log *slog.Logger) Teller {
	return Teller{log: log, tellings: gather.New(gather.Options[Saved, struct{}]{
		Workers: savers, Enough: enoughSaves, Most: mostTold, Within: tellWithin,
		Do: func(ctx context.Context, saved []Saved) ([]gather.Answer[struct{}], error) {
			return make([]gather.Answer[struct{}], len(saved)), ledger.Project(ctx, saved)
		},
	})}
}

// Changed tells of what remains to be done where no finding was saved. A state of version 0 is none.
func (t Teller) Changed(ctx context.Context, states ...domain.WorkState) {
	told := make([]Saved, 0, len(states))
	for _, s := range states {
		if s.Version > 0 {
			told = append(told, Saved{State: s})
		}
	}
	t.Saved(ctx, told...)
}

// Tagged tells which special groups a child belongs to.
func (t Teller) Tagged(ctx context.Context, tagging domain.Tagging) {
	t.Saved(ctx, Saved{Tagging: tagging})
}

// Saved has no vote: what it tells of is committed, and the events repair what is missed here. It warns
// once, of however many.
func (t Teller) Saved(ctx context.Context, saved ...Saved) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer cancel()
	var untold []Saved
	var cause error
	for i, told := range t.tellings.DoAll(ctx, saved) {
		if told.Err != nil {
			untold, cause = append(untold, saved[i]), told.Err
		}
	}
	if cause != nil {
		t.log.WarnContext(ctx, "ledger not told inline, the events will", "entry", untold[0].entry(),
			"untold", len(untold), "error", cause)
	}
}
