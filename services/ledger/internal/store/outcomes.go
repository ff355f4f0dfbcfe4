package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// ApplyOutcomes implements app.Projector.
func (s *Store) ApplyOutcomes(ctx context.Context, outcomes []app.Outcome) error {
	var told db.ListUnappliedParams
	for i, o := range outcomes {
		told.Ids, told.Revisions, told.Versions = append(told.Ids, o.EntryID), append(told.Revisions, o.Revision), append(told.Versions, 0)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, told, func(tx pgx.Tx, unapplied []int32) error {
		return project(ctx, tx, chosen(outcomes, unapplied), nil)
	})
}

// ApplyWorks implements app.WorkProjector.
func (s *Store) ApplyWorks(ctx context.Context, works []app.Work) error {
	var told db.ListUnappliedParams
	for i, w := range works {
		told.Ids, told.Revisions, told.Versions = append(told.Ids, w.EntryID), append(told.Revisions, 0), append(told.Versions, w.Version)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, told, func(tx pgx.Tx, unapplied []int32) error {
		return project(ctx, tx, nil, chosen(works, unapplied))
	})
}

// repair applies what was not anticipated. It returns when that is on the disk, and what was
// anticipated without waiting for the disk too: the events are not told again.
func (s *Store) repair(ctx context.Context, told db.ListUnappliedParams, apply func(tx pgx.Tx, unapplied []int32) error) error {
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), pg.ByKey...)}
	err := pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error {
		q := db.New(tx)
		unapplied, err := q.ListUnapplied(ctx, told)
		if err != nil {
			return err
		}
		if len(unapplied) == 0 {
			return q.WaitForDisk(ctx)
		}
		return apply(tx, unapplied)
	})
	if err != nil {
		return fmt.Errorf("applying what verification tells: %w", err)
	}
	return nil
}

func chosen[T any](all []T, places []int32) []T {
	some := make([]T, len(places))
	for i, place := range places {
		some[i] = all[place]
	}
	return some
}

// AnticipateOutcomes implements app.Projector.
func (s *Store) AnticipateOutcomes(ctx context.Context, outcomes []app.Outcome, works []app.Work) error {
	settings := append(scoped(domain.ProvinceScope()), append(pg.ByKey, pg.Setting{Name: "synchronous_commit", Value: "off"})...)
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: settings}, func(tx pgx.Tx) error { return project(ctx, tx, outcomes, works) })
	if err != nil {
		return fmt.Errorf("anticipating outcomes: %w", err)
	}
	return nil
}

// project moves the entries forwards.
func project(ctx context.Context, tx pgx.Tx, outcomes []app.Outcome, works []app.Work) error {
	var history db.InsertOutcomesParams
	for _, o := range outcomes {
		history.EntryIds = append(history.EntryIds, o.EntryID)
		history.Revisions = append(history.Revisions, o.Revision)
		history.Codes = append(history.Codes, o.Code)
		history.Times = append(history.Times, o.At)
	}
	p := db.ProjectParams{Ids: slices.Clone(history.EntryIds)}
	for _, w := range works {
		p.Ids = append(p.Ids, w.EntryID)
		p.WorkedIds = append(p.WorkedIds, w.EntryID)
		p.Versions = append(p.Versions, w.Version)
		p.Returned = append(p.Returned, w.Returned)
		p.Duties = append(p.Duties, w.Duty)
		p.Closed = append(p.Closed, w.Closed)
		p.DueOn = append(p.DueOn, w.DueOn)
		p.DueKinds = append(p.DueKinds, w.DueKind)
	}
	locked, err := db.New(tx).LockEntries(ctx, p.Ids)
	if err != nil {
		return err
	}
	if err := known(p.Ids, locked); err != nil {
		return err
	}
	together := pg.NewPipeline(tx)
	q := db.New(together)
	if len(outcomes) > 0 {
		if err := q.InsertOutcomes(ctx, history); err != nil {
			return err
		}
	}
	if err := q.Project(ctx, p); err != nil {
		return err
	}
	return together.Flush(ctx)
}
