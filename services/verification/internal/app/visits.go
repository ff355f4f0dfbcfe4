package app

import (
	"context"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// VisitRecord is a visit that passed the rules.
type VisitRecord struct {
	Entry      domain.Entry
	Author     domain.Author
	Form       domain.VisitForm
	Date, Next time.Time
	// CorrectsID is empty for a visit of its own.
	CorrectsID string
}

// VisitStore keeps visits.
type VisitStore interface {
	// RecordVisit gives the visit its number, or that of the visit it corrects, and plans
	// the next one.
	RecordVisit(ctx context.Context, v VisitRecord) (domain.Visit, domain.WorkState, error)
	ListVisits(ctx context.Context, entryID string) ([]domain.Visit, error)
}

// Visits are the use cases of persuasion visits.
type Visits struct {
	Store  VisitStore
	Ledger Ledger
	Teller Teller
	Now    func() time.Time
}

// Record records a visit.
func (u Visits) Record(ctx context.Context, author domain.Author, entryID string, form domain.VisitForm, correctsID string) (domain.Visit, error) {
	entry, err := handled(ctx, u.Ledger, author, entryID)
	if err != nil {
		return domain.Visit{}, err
	}
	if err := form.Check(entry, domain.Today(u.Now())); err != nil {
		return domain.Visit{}, err
	}
	date, next, err := form.Days()
	if err != nil {
		return domain.Visit{}, err
	}
	visit, state, err := u.Store.RecordVisit(ctx, VisitRecord{
		Entry: entry, Author: author, Form: form, Date: date, Next: next, CorrectsID: correctsID,
	})
	if err != nil {
		return domain.Visit{}, err
	}
	u.Teller.Changed(ctx, state)
	return visit, nil
}

// List returns an entry's visits in the order of their recording.
func (u Visits) List(ctx context.Context, entryID string) ([]domain.Visit, error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, err
	}
	return u.Store.ListVisits(ctx, entryID)
}
