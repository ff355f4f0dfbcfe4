// Package app holds verification's use cases.
package app

import (
	"context"
	"time"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/services/verification/internal/domain"
)

// Store keeps findings.
type Store interface {
	Standards(ctx context.Context) (domain.Standards, error)
	// SaveAll makes each finding its entry's next revision if the newest is its
	// BaseRevision, with its events, all in one transaction; each of another entry. A
	// request id that was used for the same content answers what it answered then. Each
	// has its own verdict; an error says that nothing was saved.
	SaveAll(ctx context.Context, saves []Save) ([]gather.Answer[Saved], error)
	ListFindings(ctx context.Context, entryID string) ([]domain.Finding, error)
	NewestFindings(ctx context.Context, entryIDs []string) ([]domain.Finding, error)
}

// Save is a finding that passed the rules.
type Save struct {
	Entry        domain.Entry
	Author       domain.Author
	Form         domain.Form
	WitnessDate  time.Time
	BaseRevision int64
	RequestID    string
}

// Saved is a finding as it was saved.
type Saved struct {
	Finding domain.Finding
	// State is what remains to be done; of version 0 when the request had been answered
	// before.
	State domain.WorkState
}

// Ledger owns the entries.
type Ledger interface {
	// Entry returns the entry under the caller's own identity: the scope is
	// checked where the resource is.
	Entry(ctx context.Context, id string) (domain.Entry, error)
	// Project tells the ledger of new outcomes, and of what follows from them.
	Project(ctx context.Context, saved []Saved) error
}

// Regions knows the administrative divisions.
type Regions interface {
	// Known reports whether a region with the code exists or existed.
	Known(ctx context.Context, code string) (bool, error)
}

// Findings are the use cases of findings.
type Findings struct {
	Store     Store
	Saves     Saves
	Ledger    Ledger
	Projector Projector
	Regions   Regions
	Standard  *CurrentStandard
	Evidence  Evidence
	Now       func() time.Time
}

// Submit records a finding.
func (u Findings) Submit(ctx context.Context, author domain.Author, entryID string, form domain.Form, baseRevision int64, requestID string) (domain.Finding, error) {
	entry, err := u.Ledger.Entry(ctx, entryID)
	if err != nil {
		return domain.Finding{}, err
	}
	if err := author.MayHandle(entry); err != nil {
		return domain.Finding{}, err
	}
	today := u.Now().In(domain.Shanghai)
	standard, err := u.Standard.On(ctx, today)
	if err != nil {
		return domain.Finding{}, err
	}
	known := false
	if form.SchoolRegion != "" {
		if known, err = u.Regions.Known(ctx, form.SchoolRegion); err != nil {
			return domain.Finding{}, err
		}
	}
	if err := u.Evidence.Require(ctx, entry, form, baseRevision+1, form.Check(entry, standard, known, today)); err != nil {
		return domain.Finding{}, err
	}
	witnessDate, err := time.Parse(time.DateOnly, form.WitnessDate)
	if err != nil {
		return domain.Finding{}, err
	}
	saved, err := u.Saves.Do(ctx, Save{
		Entry: entry, Author: author, Form: form, WitnessDate: witnessDate, BaseRevision: baseRevision, RequestID: requestID,
	})
	if err != nil {
		return domain.Finding{}, err
	}
	u.Projector.Tell(ctx, saved)
	return saved.Finding, nil
}

// List returns all findings of an entry that the caller may see, newest first.
func (u Findings) List(ctx context.Context, entryID string) ([]domain.Finding, error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, err
	}
	return u.Store.ListFindings(ctx, entryID)
}
