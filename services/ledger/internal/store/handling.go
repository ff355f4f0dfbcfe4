package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// Handling implements app.HandlingReader.
func (s *Store) Handling(ctx context.Context, scope domain.Scope, ids []string) ([]app.Handling, error) {
	var rows []db.GetHandlingRow
	err := s.read(ctx, scope, func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).GetHandling(ctx, db.GetHandlingParams{Ids: ids, ScopeFrom: scope.From(), ScopeTo: scope.To()})
		return err
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
