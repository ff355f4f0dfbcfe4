package store

import (
	"context"
	"fmt"

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
	return s.repair(ctx, func(q *db.Queries) (left bool, err error) {
		unapplied, err := q.ListUnappliedOutcomes(ctx, told)
		if err != nil || len(unapplied) == 0 {
			return false, err
		}
		return true, project(ctx, q, chosen(outcomes, unapplied), nil)
	})
}

// ApplyWorks implements app.WorkProjector.
func (s *Store) ApplyWorks(ctx context.Context, works []app.Work) error {
	var told db.ListUnappliedWorksParams
	for i, w := range works {
		told.EntryIds, told.Versions = append(told.EntryIds, w.EntryID), append(told.Versions, w.Version)
		told.Places = append(told.Places, int32(i))
	}
	return s.repair(ctx, func(q *db.Queries) (left bool, err error) {
		unapplied, err := q.ListUnappliedWorks(ctx, told)
		if err != nil || len(unapplied) == 0 {
			return false, err
		}
		return true, project(ctx, q, nil, chosen(works, unapplied))
	})
}

// repair applies what was not anticipated, if anything was left. It returns when that is on the disk,
// and what was anticipated without waiting for the disk too: the events are not told again.
func (s *Store) repair(ctx context.Context, apply func(q *db.Queries) (left bool, err error)) error {
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), pg.ByKey...)}
	err := pg.InPipeline(ctx, s.pool, options, func(p *pg.Pipeline) error {
		q := db.New(p)
		left, err := apply(q)
		if err != nil || left {
			return err
		}
		return q.WaitForDisk(ctx)
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
	err := pg.InPipeline(ctx, s.pool, pg.TxOptions{Local: settings}, func(p *pg.Pipeline) error {
		return project(ctx, db.New(p), outcomes, works)
	})
	if err != nil {
		return fmt.Errorf("anticipating outcomes: %w", err)
	}
	return nil
}
