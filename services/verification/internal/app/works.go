package app

import (
	"context"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// DueQuery selects entries by their deadline.
type DueQuery struct {
	Scope domain.Scope
	// First and Last day, yyyy-mm-dd, both included.
	First, Last string
	// Kind is empty for every kind.
	Kind domain.DueKind
	// After is the last of the page before.
	After Position
	Most  int
}

// Position is a place in a list that is ordered by day.
type Position struct{ Day, EntryID string }

// OpenDuty is a duty that waits for the student-record system.
type OpenDuty struct {
	EntryID, CountyCode string
	Duty                domain.Duty
	// Due is the last day, yyyy-mm-dd.
	Due string
	// Version of the entry's work.
	Version int64
}

// WorkStore keeps what was done after findings.
type WorkStore interface {
	WorkDetail(ctx context.Context, entry domain.Entry) (domain.WorkDetail, error)
	DueWork(ctx context.Context, q DueQuery) ([]domain.WorkState, error)
	// CompleteDuty closes the open duty. The same number again changes nothing.
	CompleteDuty(ctx context.Context, entry domain.Entry, author domain.Author, number string) (domain.WorkState, error)
	RecordFollowUp(ctx context.Context, entry domain.Entry, author domain.Author, form domain.FollowUpForm, day time.Time) (domain.WorkState, error)
	SetTags(ctx context.Context, entry domain.Entry, author domain.Author, tags []domain.Tag) (domain.Tagging, error)
	// Proposals are those of a scope after an entry.
	Proposals(ctx context.Context, scope domain.Scope, after string, most int) ([]domain.Proposal, error)
}

// Works are the use cases of what remains to be done.
type Works struct {
	Store  WorkStore
	Ledger Ledger
	Teller Teller
	Now    func() time.Time
}

// Detail tells all about an entry's work.
func (u Works) Detail(ctx context.Context, entryID string) (domain.WorkDetail, error) {
	entry, err := u.Ledger.Entry(ctx, entryID)
	if err != nil {
		return domain.WorkDetail{}, err
	}
	return u.Store.WorkDetail(ctx, entry)
}

// endOfTime is after every deadline.
const endOfTime = "9999-12-31"

// Due lists entries by their deadline: what is overdue, or due within some days from
// today, or with neither all.
func (u Works) Due(ctx context.Context, q DueQuery, overdue bool, withinDays int) ([]domain.WorkState, error) {
	today := domain.Today(u.Now())
	q.Last = endOfTime
	switch {
	case overdue:
		q.Last = today.AddDate(0, 0, -1).Format(time.DateOnly)
	case withinDays > 0:
		q.First, q.Last = today.Format(time.DateOnly), today.AddDate(0, 0, withinDays).Format(time.DateOnly)
	}
	return u.Store.DueWork(ctx, q)
}

// CompleteDuty closes an entry's duty with the record's number.
func (u Works) CompleteDuty(ctx context.Context, author domain.Author, entryID, number string) (domain.WorkState, error) {
	return u.change(ctx, author, entryID, func(entry domain.Entry) (domain.WorkState, error) {
		if err := domain.CheckRecordNumber(number); err != nil {
			return domain.WorkState{}, err
		}
		return u.Store.CompleteDuty(ctx, entry, author, number)
	})
}

// RecordFollowUp records a check after the return to class.
func (u Works) RecordFollowUp(ctx context.Context, author domain.Author, entryID string, form domain.FollowUpForm) (domain.WorkState, error) {
	return u.change(ctx, author, entryID, func(entry domain.Entry) (domain.WorkState, error) {
		day, err := form.Check(domain.Today(u.Now()))
		if err != nil {
			return domain.WorkState{}, err
		}
		return u.Store.RecordFollowUp(ctx, entry, author, form, day)
	})
}

// change runs fn on an entry that the caller handles, and tells the ledger.
func (u Works) change(ctx context.Context, author domain.Author, entryID string, fn func(domain.Entry) (domain.WorkState, error)) (domain.WorkState, error) {
	entry, err := handled(ctx, u.Ledger, author, entryID)
	if err != nil {
		return domain.WorkState{}, err
	}
	state, err := fn(entry)
	if err == nil {
		u.Teller.Changed(ctx, state)
	}
	return state, err
}

// SetTags says which special groups a child belongs to.
func (u Works) SetTags(ctx context.Context, author domain.Author, entryID string, tags []domain.Tag) error {
	entry, err := handled(ctx, u.Ledger, author, entryID)
	if err != nil {
		return err
	}
	tagging, err := u.Store.SetTags(ctx, entry, author, tags)
	if err == nil {
		u.Teller.Tagged(ctx, tagging)
	}
	return err
}
