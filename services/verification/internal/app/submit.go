// Package app holds verification's use cases.
package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// Store keeps findings.
type Store interface {
	Standards(ctx context.Context) (domain.Standards, error)
	// Save makes the finding the entry's next revision if the newest is
	// baseRevision, with its event, in one transaction. A request id that was
	// used for the same content answers what it answered then.
	Save(ctx context.Context, s Save) (saved domain.Finding, err error)
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

// Ledger owns the entries.
type Ledger interface {
	// Entry returns the entry under the caller's own identity: the scope is
	// checked where the resource is.
	Entry(ctx context.Context, id string) (domain.Entry, error)
	// Project tells the ledger of a new outcome.
	Project(ctx context.Context, f domain.Finding) error
}

// Regions knows the administrative divisions.
type Regions interface {
	// Known reports whether a region with the code exists or existed.
	Known(ctx context.Context, code string) (bool, error)
}

// Findings are the use cases of findings.
type Findings struct {
	Store   Store
	Ledger  Ledger
	Regions Regions
	Now     func() time.Time
	Log     *slog.Logger
}

// The inline projection is a courtesy to the clerk's next list: it may not hold
// up a save that is already committed.
const projectWithin = 2 * time.Second

// Submit records a finding.
func (u Findings) Submit(ctx context.Context, author domain.Author, entryID string, form domain.Form, baseRevision int64, requestID string) (domain.Finding, error) {
	entry, err := u.Ledger.Entry(ctx, entryID)
	if err != nil {
		return domain.Finding{}, err
	}
	if err := author.MayHandle(entry); err != nil {
		return domain.Finding{}, err
	}
	standards, err := u.Store.Standards(ctx)
	if err != nil {
		return domain.Finding{}, err
	}
	known := false
	if form.SchoolRegion != "" {
		if known, err = u.Regions.Known(ctx, form.SchoolRegion); err != nil {
			return domain.Finding{}, err
		}
	}
	today := u.Now().In(domain.Shanghai)
	if err := form.Check(entry, standards.On(today), known, today); err != nil {
		return domain.Finding{}, err
	}
	witnessDate, err := time.Parse(time.DateOnly, form.WitnessDate)
	if err != nil {
		return domain.Finding{}, err
	}
	saved, err := u.Store.Save(ctx, Save{
		Entry: entry, Author: author, Form: form, WitnessDate: witnessDate, BaseRevision: baseRevision, RequestID: requestID,
	})
	if err != nil {
		return domain.Finding{}, err
	}
	u.project(ctx, saved)
	return saved, nil
}

// project updates the ledger's projection inline. The save has succeeded whatever
// comes of it: the event repairs what is missed here.
func (u Findings) project(ctx context.Context, f domain.Finding) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), projectWithin)
	defer cancel()
	if err := u.Ledger.Project(ctx, f); err != nil {
		u.Log.WarnContext(ctx, "ledger not told inline, the event will", "entry", f.EntryID, "revision", f.Revision, "error", err)
	}
}

// List returns all findings of an entry that the caller may see, newest first.
func (u Findings) List(ctx context.Context, entryID string) ([]domain.Finding, error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, err
	}
	return u.Store.ListFindings(ctx, entryID)
}

// Codes returns the standard that holds today, in its order.
func (u Findings) Codes(ctx context.Context) ([]domain.Code, error) {
	standards, err := u.Store.Standards(ctx)
	if err != nil {
		return nil, err
	}
	current := standards.On(u.Now().In(domain.Shanghai))
	codes := make([]domain.Code, 0, len(current))
	for _, c := range standards {
		if now, ok := current[c.Code]; ok && now.ValidFrom.Equal(c.ValidFrom) {
			codes = append(codes, c)
		}
	}
	return codes, nil
}
