package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// within sends a query together with the scope that it reads in: a save asks for nothing
// else, and a transaction of three round trips would be most of its wait.
type within struct {
	*pgxpool.Pool
	pg.OneQuery
}

// Query is that of the scope.
func (w within) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return w.OneQuery.Query(ctx, sql, args...)
}

// Handling implements app.HandlingReader.
func (s *Store) Handling(ctx context.Context, scope domain.Scope, ids []string) ([]app.Handling, error) {
	rows, err := db.New(within{s.pool, pg.OneQuery{Pool: s.pool, Local: scoped(scope)}}).GetHandling(ctx, db.GetHandlingParams{
		Ids: ids, ScopeFrom: scope.From(), ScopeTo: scope.To(),
	})
	if err != nil {
		return nil, fmt.Errorf("handling of %d entries: %w", len(ids), err)
	}
	found := make([]app.Handling, len(rows))
	for i, r := range rows {
		found[i] = app.Handling{EntryID: r.ID, CountyCode: r.CountyCode, BirthDate: r.BirthDate, HasStudentNumber: r.HasStudentNumber}
	}
	return found, nil
}
