package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/domain"
)

// scoped are the settings that the row-level security policies of the entry tables
// read: without them a transaction sees no entry.
func scoped(scope domain.Scope) []pg.Setting {
	return []pg.Setting{{Name: "baoxue.scope_from", Value: scope.From()}, {Name: "baoxue.scope_to", Value: scope.To()}}
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
