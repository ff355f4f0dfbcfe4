package store

import (
	"context"
	"fmt"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// Handling implements app.HandlingReader.
func (s *Store) Handling(ctx context.Context, scope domain.Scope, ids []string) ([]app.Handling, error) {
	rows, err := s.one(scope, pg.ByKey...).GetHandling(ctx, db.GetHandlingParams{
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
