package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Apply implements app.FactStore.
func (s *Store) Apply(ctx context.Context, facts app.Facts) error {
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: pg.ByKey}, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockFacts(ctx); err != nil {
			return err
		}
		if err := insertFacts(ctx, q, facts); err != nil {
			return err
		}
		_, err := q.RefreshEntries(ctx, facts.EntryIDs())
		return err
	})
	if err != nil {
		return fmt.Errorf("applying facts: %w", err)
	}
	return nil
}

func insertFacts(ctx context.Context, q *db.Queries, facts app.Facts) error {
	for _, insert := range []func(context.Context, *db.Queries, app.Facts) error{insertRoutings, insertOutcomes, insertWorks} {
		if err := insert(ctx, q, facts); err != nil {
			return err
		}
	}
	return nil
}

func insertRoutings(ctx context.Context, q *db.Queries, facts app.Facts) error {
	if len(facts.Routings) == 0 {
		return nil
	}
	var p db.InsertRoutingsParams
	for _, f := range facts.Routings {
		p.EntryIds, p.Versions = append(p.EntryIds, f.EntryID), append(p.Versions, f.Version)
		p.Counties, p.Sources = append(p.Counties, f.County), append(p.Sources, int16(f.Source))
		p.Times = append(p.Times, f.At)
	}
	return q.InsertRoutings(ctx, p)
}

func insertOutcomes(ctx context.Context, q *db.Queries, facts app.Facts) error {
	if len(facts.Outcomes) == 0 {
		return nil
	}
	var p db.InsertOutcomesParams
	for _, f := range facts.Outcomes {
		p.EntryIds, p.Revisions = append(p.EntryIds, f.EntryID), append(p.Revisions, f.Revision)
		p.Codes, p.Times = append(p.Codes, f.Code), append(p.Times, f.At)
	}
	return q.InsertOutcomes(ctx, p)
}

func insertWorks(ctx context.Context, q *db.Queries, facts app.Facts) error {
	if len(facts.Works) == 0 {
		return nil
	}
	var p db.InsertWorksParams
	for _, f := range facts.Works {
		p.EntryIds, p.Versions = append(p.EntryIds, f.EntryID), append(p.Versions, f.Version)
		p.Closed, p.GivenBack = append(p.Closed, f.Closed), append(p.GivenBack, f.GivenBack)
		p.DutyOpen, p.DueOn = append(p.DutyOpen, f.DutyOpen), append(p.DueOn, f.DueOn)
		p.Times = append(p.Times, f.At)
	}
	return q.InsertWorks(ctx, p)
}
