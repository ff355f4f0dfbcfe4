package store

import (
	"context"
	"fmt"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// ApplyOutcomes implements app.Projector.
func (s *Store) ApplyOutcomes(ctx context.Context, outcomes []app.Outcome) error {
	var told db.ListUnappliedOutcomesParams
	for i, o := range outcomes {
		told.EntryIds, told.Revisions = append(told.EntryIds, o.EntryID), append(told.Revisions, o.Revision)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, func(q *db.Queries) error {
		rows, err := q.ListUnappliedOutcomes(ctx, told)
		if err != nil {
			return err
		}
		left, err := unapplied(rows, outcomes, func(o app.Outcome) string { return o.EntryID })
		if err != nil {
			return err
		}
		return project(ctx, q, left, nil, nil)
	})
}

// ApplyWorks implements app.WorkProjector.
func (s *Store) ApplyWorks(ctx context.Context, works []app.Work) error {
	var told db.ListUnappliedWorksParams
	for i, w := range works {
		told.EntryIds, told.Versions = append(told.EntryIds, w.EntryID), append(told.Versions, w.Version)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, func(q *db.Queries) error {
		rows, err := q.ListUnappliedWorks(ctx, told)
		if err != nil {
			return err
		}
		left, err := unapplied(rows, works, func(w app.Work) string { return w.EntryID })
		if err != nil {
			return err
		}
		return project(ctx, q, nil, left, nil)
	})
}

// ApplyTags implements app.TagProjector.
func (s *Store) ApplyTags(ctx context.Context, taggings []app.Tagging) error {
	var told db.ListUnappliedTagsParams
	for i, t := range taggings {
		told.EntryIds, told.Versions = append(told.EntryIds, t.EntryID), append(told.Versions, t.Version)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, func(q *db.Queries) error {
		rows, err := q.ListUnappliedTags(ctx, told)
		if err != nil {
			return err
		}
		left, err := unapplied(rows, taggings, func(t app.Tagging) string { return t.EntryID })
		if err != nil {
			return err
		}
		return project(ctx, q, nil, nil, left)
	})
}

// repair applies what was not anticipated. It returns when that is on the disk, and what was anticipated
// without waiting for the disk too: the events are not told again.
func (s *Store) repair(ctx context.Context, apply func(*db.Queries) error) error {
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), pg.ByKey...)}
	err := pg.InPipeline(ctx, s.pool, options, func(p *pg.Pipeline) error {
		q := db.New(p)
		if err := apply(q); err != nil {
			return err
		}
		return q.WaitForDisk(ctx)
	})
	if err != nil {
		return fmt.Errorf("applying what verification tells: %w", err)
	}
	return nil
}

// unapplied are those of all that the rows say are not applied. It fails on an entry that the ledger does
// not have: a finding that would silently be missing from every count.
func unapplied[R ~struct {
	Place int32
	Known bool
}, T any](rows []R, all []T, entry func(T) string) ([]T, error) {
	some := make([]T, len(rows))
	for i, r := range rows {
		row := struct {
			Place int32
			Known bool
		}(r)
		if some[i] = all[row.Place]; !row.Known {
			return nil, fmt.Errorf("entry %s: %w", entry(some[i]), domain.ErrNotFound)
		}
	}
	return some, nil
}

// anticipating are the settings of what events repair: it waits neither for the disk nor for those who hold
// an entry for long, such as an import that changes it.
var anticipating = append([]pg.Setting{{Name: "synchronous_commit", Value: "off"}, {Name: "lock_timeout", Value: "300ms"}}, pg.ByKey...)

var errHeld = fault.New(fault.Unavailable, "UNAVAILABLE", "该记录正被其他操作占用")

// AnticipateOutcomes implements app.Projector. An entry that the ledger does not have is left to the
// event, which fails on it.
func (s *Store) AnticipateOutcomes(ctx context.Context, outcomes []app.Outcome, works []app.Work, taggings []app.Tagging) error {
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), anticipating...)}
	err := pg.InPipeline(ctx, s.pool, options, func(p *pg.Pipeline) error { return project(ctx, db.New(p), outcomes, works, taggings) })
	if pg.Code(err) == pg.CodeLockNotAvailable {
		return errHeld.Because(err)
	}
	if err != nil {
		return fmt.Errorf("anticipating outcomes: %w", err)
	}
	return nil
}
