package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// scoped are the settings that the row-level security policies of the entry tables
// read: without them a transaction sees no entry.
func scoped(scope domain.Scope) []pg.Setting {
	return []pg.Setting{{Name: "baoxue.scope_from", Value: scope.From()}, {Name: "baoxue.scope_to", Value: scope.To()}}
}

// within sends a query together with the scope that it reads in: of a transaction that is
// one query, the other round trips would be most of the wait.
type within struct {
	*pgxpool.Pool
	one pg.OneQuery
}

// Query is that of the scope.
func (w within) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return w.one.Query(ctx, sql, args...)
}

// QueryRow is that of the scope.
func (w within) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return w.one.QueryRow(ctx, sql, args...)
}

// within are single queries in the scope, with other settings besides.
func (s *Store) within(scope domain.Scope, besides ...pg.Setting) within {
	return within{s.reads, pg.OneQuery{Pool: s.reads, Settings: append(scoped(scope), besides...)}}
}

// one are the named queries, each in a transaction of its own.
func (s *Store) one(scope domain.Scope, besides ...pg.Setting) *db.Queries {
	return db.New(s.within(scope, besides...))
}

// read runs fn on one state of the ledger, within the scope. It is tried once: fn
// may have passed rows on.
func (s *Store) read(ctx context.Context, scope domain.Scope, fn func(pgx.Tx) error) error {
	return pg.InTxOptions(ctx, s.pool, pg.TxOptions{
		Isolation: pgx.RepeatableRead, ReadOnly: true, MaxAttempts: 1, Local: scoped(scope),
	}, fn)
}

// write runs fn within the scope; it may be tried again.
func (s *Store) write(ctx context.Context, scope domain.Scope, fn func(pgx.Tx) error) error {
	return pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: scoped(scope)}, fn)
}
