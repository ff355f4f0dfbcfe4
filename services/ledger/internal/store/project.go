package store

import (
	"context"
	"fmt"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// project adds the outcomes to the history and moves the entries forwards.
func project(ctx context.Context, q *db.Queries, outcomes []app.Outcome, works []app.Work) error {
	locked, err := q.LockEntries(ctx, entriesOf(outcomes, works))
	if err != nil {
		return err
	}
	steps, err := stepsOf(locked, outcomes, works)
	if err != nil {
		return err
	}
	if len(outcomes) > 0 {
		if err := q.InsertOutcomes(ctx, history(outcomes)); err != nil {
			return err
		}
	}
	if p := forwards(steps); len(p.Ids) > 0 {
		return q.Project(ctx, p)
	}
	return nil
}

func entriesOf(outcomes []app.Outcome, works []app.Work) []string {
	ids := make([]string, 0, len(outcomes)+len(works))
	for _, o := range outcomes {
		ids = append(ids, o.EntryID)
	}
	for _, w := range works {
		ids = append(ids, w.EntryID)
	}
	return ids
}

func history(outcomes []app.Outcome) (p db.InsertOutcomesParams) {
	for _, o := range outcomes {
		p.EntryIds = append(p.EntryIds, o.EntryID)
		p.Revisions = append(p.Revisions, o.Revision)
		p.Codes = append(p.Codes, o.Code)
		p.Times = append(p.Times, o.At)
	}
	return p
}

// step is from what an entry has to the newest that is told of it.
type step struct {
	has     db.LockEntriesRow
	outcome app.Outcome
	work    app.Work
}

// stepsOf fails on an entry that the ledger does not have: a finding that would silently be missing
// from every count.
func stepsOf(locked []db.LockEntriesRow, outcomes []app.Outcome, works []app.Work) ([]step, error) {
	steps, places := make([]step, len(locked)), make(map[string]int, len(locked))
	for i, has := range locked {
		steps[i].has, places[has.ID] = has, i
	}
	for _, o := range outcomes {
		i, ok := places[o.EntryID]
		if !ok {
			return nil, fmt.Errorf("entry %s: %w", o.EntryID, domain.ErrNotFound)
		}
		if o.Revision > max(steps[i].has.Revision, steps[i].outcome.Revision) {
			steps[i].outcome = o
		}
	}
	for _, w := range works {
		i, ok := places[w.EntryID]
		if !ok {
			return nil, fmt.Errorf("entry %s: %w", w.EntryID, domain.ErrNotFound)
		}
		if w.Version > max(steps[i].has.WorkVersion, steps[i].work.Version) {
			steps[i].work = w
		}
	}
	return steps, nil
}

// forwards are the steps that lead somewhere. Revision 0 and version 0 say that nothing is newer.
func forwards(steps []step) (p db.ProjectParams) {
	for _, s := range steps {
		if s.outcome.Revision == 0 && s.work.Version == 0 {
			continue
		}
		p.Ids = append(p.Ids, s.has.ID)
		p.Revisions = append(p.Revisions, s.outcome.Revision)
		p.Codes = append(p.Codes, s.outcome.Code)
		p.Times = append(p.Times, s.outcome.At)
		p.Versions = append(p.Versions, s.work.Version)
		p.Returned = append(p.Returned, s.work.Returned)
		p.Duties = append(p.Duties, s.work.Duty)
		p.Closed = append(p.Closed, s.work.Closed)
		p.DueOn = append(p.DueOn, s.work.DueOn)
		p.DueKinds = append(p.DueKinds, s.work.DueKind)
	}
	return p
}
