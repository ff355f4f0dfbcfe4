package app

import (
	"context"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// LegalStore keeps legal steps.
type LegalStore interface {
	// RecordLegalStep records the step of a form unless something speaks against it.
	RecordLegalStep(ctx context.Context, entry domain.Entry, author domain.Author, form domain.LegalStepForm, today time.Time) (domain.LegalStep, domain.WorkState, error)
	// WithdrawLegalStep returns domain.ErrNotFound for a step of another entry.
	WithdrawLegalStep(ctx context.Context, entry domain.Entry, author domain.Author, stepID, reason string) (domain.LegalStep, domain.WorkState, error)
	// ListLegalSteps also tells the code of the step that comes next.
	ListLegalSteps(ctx context.Context, entryID string) (steps []domain.LegalStep, next string, err error)
}

// LegalSteps are the use cases of acting under the law (依法控辍).
type LegalSteps struct {
	Store  LegalStore
	Ledger Ledger
	Teller Teller
	Ladder domain.LegalLadder
	Now    func() time.Time
}

// Record records a step.
func (u LegalSteps) Record(ctx context.Context, author domain.Author, entryID string, form domain.LegalStepForm) (domain.LegalStep, error) {
	return u.change(ctx, author, entryID, func(entry domain.Entry) (domain.LegalStep, domain.WorkState, error) {
		return u.Store.RecordLegalStep(ctx, entry, author, form, domain.Today(u.Now()))
	})
}

// Withdraw says that a step was not taken, or does not hold any more.
func (u LegalSteps) Withdraw(ctx context.Context, author domain.Author, entryID, stepID, reason string) (domain.LegalStep, error) {
	return u.change(ctx, author, entryID, func(entry domain.Entry) (domain.LegalStep, domain.WorkState, error) {
		if err := domain.CheckWithdrawal(reason); err != nil {
			return domain.LegalStep{}, domain.WorkState{}, err
		}
		return u.Store.WithdrawLegalStep(ctx, entry, author, stepID, reason)
	})
}

// change runs fn on an entry that the caller handles, and tells the ledger.
func (u LegalSteps) change(
	ctx context.Context, author domain.Author, entryID string, fn func(domain.Entry) (domain.LegalStep, domain.WorkState, error),
) (domain.LegalStep, error) {
	entry, err := handled(ctx, u.Ledger, author, entryID)
	if err != nil {
		return domain.LegalStep{}, err
	}
	step, state, err := fn(entry)
	if err != nil {
		return domain.LegalStep{}, err
	}
	u.Teller.Changed(ctx, state)
	return step, nil
}

// List returns an entry's steps in the order of their recording, and the code of the one that comes
// next; empty when none may be taken.
func (u LegalSteps) List(ctx context.Context, entryID string) (steps []domain.LegalStep, next string, err error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, "", err
	}
	return u.Store.ListLegalSteps(ctx, entryID)
}
