package store

import (
	"context"
	"fmt"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// handlingLook is what one caller asks of entries to handle.
type handlingLook struct {
	scope domain.Scope
	ids   []string
}

// Handling implements app.HandlingReader.
func (s *Store) Handling(ctx context.Context, scope domain.Scope, ids []string) ([]app.Handling, error) {
	found, err := s.looks.handling.Do(ctx, handlingLook{scope, ids})
	if err != nil {
		return nil, fmt.Errorf("handling of %d entries: %w", len(ids), err)
	}
	return found, nil
}

func (s *Store) lookHandling(ctx context.Context, asked []handlingLook) ([]gather.Answer[[]app.Handling], error) {
	var p db.GetHandlingParams
	for place, l := range asked {
		for _, id := range l.ids {
			p.Places = append(p.Places, int32(place))
			p.Ids = append(p.Ids, id)
			p.ScopesFrom = append(p.ScopesFrom, l.scope.From())
			p.ScopesTo = append(p.ScopesTo, l.scope.To())
		}
	}
	rows, err := together(s, asked, func(l handlingLook) domain.Scope { return l.scope }).GetHandling(ctx, p)
	if err != nil {
		return nil, err
	}
	found := make([]gather.Answer[[]app.Handling], len(asked))
	for _, r := range rows {
		found[r.Place].Value = append(found[r.Place].Value, app.Handling{
			EntryID: r.ID, CountyCode: r.CountyCode, BirthDate: r.BirthDate, HasStudentNumber: r.HasStudentNumber,
		})
	}
	return found, nil
}
