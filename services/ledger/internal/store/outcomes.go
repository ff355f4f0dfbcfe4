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
	return repair(ctx, s, outcomes, func(o app.Outcome) string { return o.EntryID },
		func(q *db.Queries) ([]db.ListUnappliedOutcomesRow, error) { return q.ListUnappliedOutcomes(ctx, told) },
		func(q *db.Queries, left []app.Outcome) error { return project(ctx, q, news{outcomes: left}) })
}

// ApplyWorks implements app.WorkProjector.
func (s *Store) ApplyWorks(ctx context.Context, works []app.Work) error {
	var told db.ListUnappliedWorksParams
	for i, w := range works {
		told.EntryIds, told.Versions = append(told.EntryIds, w.EntryID), append(told.Versions, w.Version)
		told.Places = append(told.Places, int32(i))
	}
	return repair(ctx, s, works, func(w app.Work) string { return w.EntryID },
		func(q *db.Queries) ([]db.ListUnappliedWorksRow, error) { return q.ListUnappliedWorks(ctx, told) },
		func(q *db.Queries, left []app.Work) error { return project(ctx, q, news{works: left}) })
}

// ApplyTags implements app.TagProjector.
func (s *Store) ApplyTags(ctx context.Context, taggings []app.Tagging) error {
	var told db.ListUnappliedTagsParams
	for i, t := range taggings {
		told.EntryIds, told.Versions = append(told.EntryIds, t.EntryID), append(told.Versions, t.Version)
		told.Places = append(told.Places, int32(i))
	}
	return repair(ctx, s, taggings, func(t app.Tagging) string { return t.EntryID },
		func(q *db.Queries) ([]db.ListUnappliedTagsRow, error) { return q.ListUnappliedTags(ctx, told) },
		func(q *db.Queries, left []app.Tagging) error { return project(ctx, q, news{taggings: left}) })
}

// repair applies what was not anticipated. It returns when that is on the disk, and what was anticipated
// without waiting for the disk too: the events are not told again.
func repair[R unappliedRow, T any](
	ctx context.Context, s *Store, told []T, entry func(T) string, list func(*db.Queries) ([]R, error), apply func(*db.Queries, []T) error,
) error {
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), pg.ByKey...)}
	err := pg.InPipeline(ctx, s.pool, options, func(p *pg.Pipeline) error {
		q := db.New(p)
		rows, err := list(q)
		if err != nil {
			return err
		}
		left, err := unapplied(rows, told, entry)
		if err != nil {
			return err
		}
		if err := apply(q, left); err != nil {
			return err
		}
		return q.WaitForDisk(ctx)
	})
	if err != nil {
		return fmt.Errorf("applying what verification tells: %w", err)
	}
	return nil
}

// unappliedRow is the place of what is not applied among what was told, and whether the ledger has the entry.
type unappliedRow interface {
	~struct {
		Place int32
		Known bool
	}
}

// unapplied are those of all that the rows say are not applied. It fails on an entry that the ledger does
// not have: a finding that would silently be missing from every count.
func unapplied[R unappliedRow, T any](rows []R, all []T, entry func(T) string) ([]T, error) {
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
	options, all := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), anticipating...)}, news{outcomes, works, taggings}
	err := pg.InPipeline(ctx, s.pool, options, func(p *pg.Pipeline) error { return project(ctx, db.New(p), all) })
	if pg.Code(err) == pg.CodeLockNotAvailable {
		return errHeld.Because(err)
	}
	if err != nil {
		return fmt.Errorf("anticipating outcomes: %w", err)
	}
	return nil
}
