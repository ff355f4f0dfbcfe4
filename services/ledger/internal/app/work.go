package app

import (
	"context"
	"time"
)

// Work is an entry's work state as of one version, owned by verification.
type Work struct {
	EntryID  string
	Version  int64
	Returned bool
	// Duty is NONE, CREATE_RECORD, CHANGE_STATUS or DONE.
	Duty   string
	Closed bool
	// DueOn is yyyy-mm-dd, empty without a deadline.
	DueOn, DueKind string
	// LegalStep names the highest step of the law that holds, empty without one.
	LegalStep string
}

// WorkProjector keeps the projection of work states.
type WorkProjector interface {
	// ApplyWorks moves the projections forwards. Repeating it changes nothing.
	ApplyWorks(ctx context.Context, works []Work) error
}

// Calendar counts working days.
type Calendar interface {
	// After is the nth working day after a day.
	After(day time.Time, n int) time.Time
}

// DeadlineStore keeps the deadlines of entries that have no finding yet.
type DeadlineStore interface {
	// UndatedDays are the days on which pending entries without a deadline were routed.
	UndatedDays(ctx context.Context) ([]time.Time, error)
	// DatePending gives those routed on a day their deadline.
	DatePending(ctx context.Context, routedOn, dueOn time.Time) error
}

// Deadlines gives pending entries a deadline: so many working days after the day of
// their routing.
type Deadlines struct {
	Store    DeadlineStore
	Calendar Calendar
	Days     int
}

// Due is the last day for an entry that is routed on a day.
func (u Deadlines) Due(routedOn time.Time) time.Time { return u.Calendar.After(routedOn, u.Days) }

// Do gives those that have none theirs.
func (u Deadlines) Do(ctx context.Context) error {
	days, err := u.Store.UndatedDays(ctx)
	if err != nil {
		return err
	}
	for _, day := range days {
		if err := u.Store.DatePending(ctx, day, u.Due(day)); err != nil {
			return err
		}
	}
	return nil
}
