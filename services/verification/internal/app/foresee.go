package app

import (
	"context"
	"errors"

	"baoxue.internal/services/verification/internal/domain"
)

// errAnswered says that a submission was saved before, under its request id.
var errAnswered = errors.New("saved before")

// Foresee tells what would become of submissions, at most 500 and each of another entry,
// and saves none: nil, a refusal, or errAnswered.
func (u Findings) Foresee(ctx context.Context, author domain.Author, submissions []Submission, answered BatchStore) ([]error, error) {
	if len(submissions) == 0 {
		return nil, nil
	}
	ids, requests := make([]string, len(submissions)), make([]string, len(submissions))
	for i, s := range submissions {
		ids[i], requests[i] = s.EntryID, s.RequestID
	}
	entries, err := u.Ledger.Entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	visible := make([]string, 0, len(ids))
	for _, e := range entries {
		visible = append(visible, e.ID)
	}
	before, err := answered.Answered(ctx, author.ID, visible, requests)
	if err != nil {
		return nil, err
	}
	findings, err := u.Store.NewestFindings(ctx, visible)
	if err != nil {
		return nil, err
	}
	newest := make(map[string]domain.Finding, len(findings))
	for _, f := range findings {
		newest[f.EntryID] = f
	}
	verdicts := make([]error, len(submissions))
	for i, s := range submissions {
		entry, ok := entries[s.EntryID]
		if !ok {
			verdicts[i] = domain.ErrEntryNotFound
			continue
		}
		if before[s.RequestID] {
			verdicts[i] = errAnswered
			continue
		}
		if f := newest[entry.ID]; f.Revision != s.BaseRevision {
			if verdicts[i] = domain.ErrNoFindingYet; f.Revision > 0 {
				verdicts[i] = domain.ConflictWith(f, s.Form)
			}
			continue
		}
		_, verdicts[i] = u.check(ctx, author, entry, s)
	}
	return verdicts, nil
}
