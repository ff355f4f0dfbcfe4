// Package app holds verification's use cases.
package app

import (
	"cmp"
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
	// Code is the form's in the standard of the day.
	Code domain.Code
}

// Saved is what was committed about an entry.
type Saved struct {
	// Finding is of revision 0 when something else than a finding was saved.
	Finding domain.Finding
	// State is what remains to be done; of version 0 when the request had been answered
	// before.
	State domain.WorkState
	// Tagging is of version 0 unless the special groups were set.
	Tagging domain.Tagging
}

func (s Saved) entry() string { return cmp.Or(s.Finding.EntryID, s.State.EntryID, s.Tagging.EntryID) }

// Ledger owns the entries.
type Ledger interface {
	// Entry returns the entry under the caller's own identity: the scope is
	// checked where the resource is.
	Entry(ctx context.Context, id string) (domain.Entry, error)
	// Entries does the same for many; of one that is missing, or somebody else's, it
	// returns nothing.
	Entries(ctx context.Context, ids []string) (map[string]domain.Entry, error)
	// Project tells the ledger of new outcomes, of what remains to be done, and of special groups.
	Project(ctx context.Context, saved []Saved) error
}

// Regions knows the administrative divisions.
type Regions interface {
	// Known reports whether a region with the code exists or existed.
	Known(ctx context.Context, code string) (bool, error)
}

// Findings are the use cases of findings.
type Findings struct {
	Store    Store
	Saves    Saves
	Ledger   Ledger
	Teller   Teller
	Regions  Regions
	Standard *CurrentStandard
	Evidence Evidence
	Now      func() time.Time
}

// Submission is a finding as it is submitted.
type Submission struct {
	EntryID      string
	Form         domain.Form
	BaseRevision int64
	RequestID    string
}

// Submit records a finding.
func (u Findings) Submit(ctx context.Context, author domain.Author, s Submission) (domain.Finding, error) {
	entry, err := u.Ledger.Entry(ctx, s.EntryID)
	if err != nil {
		return domain.Finding{}, err
	}
	save, err := u.check(ctx, author, entry, s)
	if err != nil {
		return domain.Finding{}, err
	}
	saved, err := u.Saves.Do(ctx, save)
	if err != nil {
		return domain.Finding{}, err
	}
	u.Teller.Saved(ctx, saved)
	return saved.Finding, nil
}

// SubmitAll records many findings, each with a verdict of its own in the order given.
func (u Findings) SubmitAll(ctx context.Context, author domain.Author, submissions []Submission) ([]gather.Answer[domain.Finding], error) {
	ids := make([]string, len(submissions))
	for i, s := range submissions {
		ids[i] = s.EntryID
	}
	entries, err := u.Ledger.Entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	answers, saves, places := make([]gather.Answer[domain.Finding], len(submissions)), []Save(nil), []int(nil)
	for i, s := range submissions {
		entry, ok := entries[s.EntryID]
		if !ok {
			answers[i].Err = domain.ErrEntryNotFound
			continue
		}
		save, err := u.check(ctx, author, entry, s)
		if err != nil {
			answers[i].Err = err
			continue
		}
		saves, places = append(saves, save), append(places, i)
	}
	told := make([]Saved, 0, len(saves))
	for i, saved := range u.Saves.DoAll(ctx, saves) {
		answers[places[i]] = gather.Answer[domain.Finding]{Value: saved.Value.Finding, Err: saved.Err}
		if saved.Err == nil {
			told = append(told, saved.Value)
		}
	}
	u.Teller.Saved(ctx, told...)
	return answers, nil
}

// check applies the rules to a submission.
func (u Findings) check(ctx context.Context, author domain.Author, entry domain.Entry, s Submission) (Save, error) {
	if err := author.MayHandle(entry); err != nil {
		return Save{}, err
	}
	today := u.Now().In(domain.Shanghai)
	standard, err := u.Standard.On(ctx, today)
	if err != nil {
		return Save{}, err
	}
	known := false
	if s.Form.SchoolRegion != "" {
		if known, err = u.Regions.Known(ctx, s.Form.SchoolRegion); err != nil {
			return Save{}, err
		}
	}
	if err := u.Evidence.Require(ctx, entry, s.Form, s.BaseRevision+1, s.Form.Check(entry, standard, known, s.BaseRevision, today)); err != nil {
		return Save{}, err
	}
	witnessDate, err := time.Parse(time.DateOnly, s.Form.WitnessDate)
	if err != nil {
		return Save{}, err
	}
	return Save{
		Entry: entry, Author: author, Form: s.Form, WitnessDate: witnessDate, BaseRevision: s.BaseRevision, RequestID: s.RequestID,
		Code: standard[s.Form.Code],
	}, nil
}

// List returns all findings of an entry that the caller may see, newest first.
func (u Findings) List(ctx context.Context, entryID string) ([]domain.Finding, error) {
	if _, err := u.Ledger.Entry(ctx, entryID); err != nil {
		return nil, err
	}
	return u.Store.ListFindings(ctx, entryID)
}
