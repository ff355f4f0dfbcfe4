package app

import (
	"context"
	"time"

	"baoxue.internal/services/ledger/internal/domain"
)

// Outcome is one revision of an entry's outcome, owned by verification.
type Outcome struct {
	EntryID  string
	Revision int64
	Code     string
	At       time.Time
}

// Projector keeps the projection of outcomes.
type Projector interface {
	// ApplyOutcomes adds the outcomes to the history and moves the projections
	// forwards, in one transaction. Repeating it changes nothing. It fails with
	// domain.ErrNotFound on an entry that is not there.
	ApplyOutcomes(ctx context.Context, outcomes []Outcome) error
	// AnticipateOutcomes does the same for outcomes, the work states that followed them
	// and special groups, without waiting for the disk, and without looking for entries that are
	// not there: their events are on the way.
	AnticipateOutcomes(ctx context.Context, outcomes []Outcome, works []Work, taggings []Tagging) error
}

// OutcomeCount is how many entries are alike in county, source and code.
type OutcomeCount struct {
	County  string
	Source  domain.Source
	Code    string
	Entries int64
}

// Counter counts from the ledger's own change history.
type Counter interface {
	CountAsOf(ctx context.Context, cutoff time.Time) ([]OutcomeCount, error)
}

// Applied waits until the ledger has applied the events up to a position.
type Applied interface {
	WaitApplied(ctx context.Context, sequence uint64) error
}

// Truth answers for the month-end.
type Truth struct {
	Store   Counter
	Applied Applied
}

// CountAsOf counts as of the cut-off once the events up to sequence are applied.
func (t Truth) CountAsOf(ctx context.Context, cutoff time.Time, sequence uint64) ([]OutcomeCount, error) {
	if err := t.Applied.WaitApplied(ctx, sequence); err != nil {
		return nil, err
	}
	return t.Store.CountAsOf(ctx, cutoff)
}
