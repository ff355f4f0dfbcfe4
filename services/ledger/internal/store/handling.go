package store

import (
	"context"
	"fmt"
	"time"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// look is what one caller asks of entries to handle.
type look struct {
	scope domain.Scope
	ids   []string
}

// looks answers at once what many ask at the same moment: every finding begins with one, and
// one look is dearer than its share of many.
type looks = *gather.Gatherer[look, []app.Handling]

const (
	lookers    = 2
	mostLooks  = 128
	lookWithin = 10 * time.Second
)

func (s *Store) newLooks() looks {
	return gather.New(gather.Options[look, []app.Handling]{
		Workers: lookers, Enough: mostLooks / 4, Most: mostLooks, Within: lookWithin, Do: s.lookAll,
	})
}

// Handling implements app.HandlingReader.
func (s *Store) Handling(ctx context.Context, scope domain.Scope, ids []string) ([]app.Handling, error) {
	found, err := s.looks.Do(ctx, look{scope, ids})
	if err != nil {
		return nil, fmt.Errorf("handling of %d entries: %w", len(ids), err)
	}
	return found, nil
}

// lookAll gives each caller what is within its scope. The session sees no more than from the
// first county to the last that any of them may see.
func (s *Store) lookAll(ctx context.Context, asked []look) ([]gather.Answer[[]app.Handling], error) {
	var p db.GetHandlingParams
	var all domain.Scope
	for i, l := range asked {
		all = all.Spanning(l.scope)
		for _, id := range l.ids {
			p.Places = append(p.Places, int32(i)) //nolint:gosec // at most mostLooks
			p.Ids = append(p.Ids, id)
			p.ScopesFrom = append(p.ScopesFrom, l.scope.From())
			p.ScopesTo = append(p.ScopesTo, l.scope.To())
		}
	}
	rows, err := s.one(all, pg.ByKey...).GetHandling(ctx, p)
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
