package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// ApplyOutcomes implements app.Projector.
func (s *Store) ApplyOutcomes(ctx context.Context, outcomes []app.Outcome) error {
	return s.projectOutcomes(ctx, outcomes, nil, scoped(domain.ProvinceScope()))
}

// AnticipateOutcomes implements app.Projector.
func (s *Store) AnticipateOutcomes(ctx context.Context, outcomes []app.Outcome, works []app.Work) error {
	return s.projectOutcomes(ctx, outcomes, works, append(scoped(domain.ProvinceScope()), pg.Setting{Name: "synchronous_commit", Value: "off"}))
}

func (s *Store) projectOutcomes(ctx context.Context, outcomes []app.Outcome, works []app.Work, settings []pg.Setting) error {
	p := db.InsertOutcomesParams{}
	for _, o := range outcomes {
		p.EntryIds = append(p.EntryIds, o.EntryID)
		p.Revisions = append(p.Revisions, o.Revision)
		p.Codes = append(p.Codes, o.Code)
		p.Times = append(p.Times, o.At)
	}
	w := projectWorks(works)
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: settings}, func(tx pgx.Tx) error {
		q := db.New(tx)
		ids := append(append([]string{}, p.EntryIds...), w.EntryIds...)
		locked, err := q.LockEntries(ctx, ids)
		if err != nil {
			return err
		}
		if err := known(ids, locked); err != nil {
			return err
		}
		together := pg.NewPipeline(tx)
		q = db.New(together)
		if err := q.InsertOutcomes(ctx, p); err != nil {
			return err
		}
		if err := q.ProjectOutcomes(ctx, p.EntryIds); err != nil {
			return err
		}
		if len(works) > 0 {
			if err := q.ProjectWorks(ctx, w); err != nil {
				return err
			}
		}
		return together.Flush(ctx)
	})
	if err != nil {
		return fmt.Errorf("applying outcomes: %w", err)
	}
	return nil
}
