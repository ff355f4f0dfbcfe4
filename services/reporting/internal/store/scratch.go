package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Tables of one connection, named like those of the facts: they hide these from it, so
// that the same statements count them.
const scratchTables = `
CREATE TEMP TABLE entry_routings (LIKE entry_routings INCLUDING ALL);
CREATE TEMP TABLE entry_outcomes (LIKE entry_outcomes INCLUDING ALL);
CREATE TEMP TABLE entry_works (LIKE entry_works INCLUDING ALL);`

// WithScratch implements app.RerunStore.
func (s *Store) WithScratch(ctx context.Context, fn func(app.Scratch) error) error {
	return s.withScratch(ctx, func(place scratch) error { return fn(place) })
}

// withScratch lends a connection with the tables. It is a new one: one of the pool's could have
// prepared its statements with the real tables.
func (s *Store) withScratch(ctx context.Context, fn func(scratch) error) (err error) {
	conn, err := pg.Connect(ctx, s.pool)
	if err != nil {
		return fmt.Errorf("scratch tables: %w", err)
	}
	defer func() {
		if e := conn.Close(context.WithoutCancel(ctx)); err == nil && e != nil {
			err = fmt.Errorf("scratch tables: %w", e)
		}
	}()
	if _, err := conn.Exec(ctx, scratchTables); err != nil {
		return fmt.Errorf("scratch tables: %w", err)
	}
	return fn(scratch{conn})
}

// scratch is a connection with scratch tables, or a transaction of one.
type scratch struct {
	conn interface {
		db.DBTX
		Begin(ctx context.Context) (pgx.Tx, error)
	}
}

// Apply implements app.FactStore.
func (s scratch) Apply(ctx context.Context, facts app.Facts) error {
	err := pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error { return insertFacts(ctx, db.New(tx), facts) })
	if err != nil {
		return fmt.Errorf("applying facts again: %w", err)
	}
	return nil
}
