package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// ApplyWorks implements app.WorkProjector.
func (s *Store) ApplyWorks(ctx context.Context, works []app.Work) error {
	p := projectWorks(works)
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		locked, err := q.LockEntries(ctx, p.EntryIds)
		if err != nil {
			return err
		}
		if err := known(p.EntryIds, locked); err != nil {
			return err
		}
		return q.ProjectWorks(ctx, p)
	})
	if err != nil {
		return fmt.Errorf("applying work states: %w", err)
	}
	return nil
}

func projectWorks(works []app.Work) (p db.ProjectWorksParams) {
	for _, w := range works {
		p.EntryIds = append(p.EntryIds, w.EntryID)
		p.Versions = append(p.Versions, w.Version)
		p.Returned = append(p.Returned, w.Returned)
		p.Duties = append(p.Duties, w.Duty)
		p.Closed = append(p.Closed, w.Closed)
		p.DueOn = append(p.DueOn, w.DueOn)
		p.DueKinds = append(p.DueKinds, w.DueKind)
	}
	return p
}

// UndatedDays implements app.DeadlineStore.
func (s *Store) UndatedDays(ctx context.Context) (days []time.Time, err error) {
	err = s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		days, err = db.New(tx).UndatedDays(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pending entries without a deadline: %w", err)
	}
	return days, nil
}

// dateAtOnce bounds how many entries one transaction holds, so that clerks wait for none.
const dateAtOnce = 5000

// DatePending implements app.DeadlineStore.
func (s *Store) DatePending(ctx context.Context, routedOn, dueOn time.Time) error {
	for dated := int64(dateAtOnce); dated == dateAtOnce; {
		err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
			dated, err = db.New(tx).DatePending(ctx, db.DatePendingParams{RoutedOn: routedOn, DueOn: dueOn, Most: dateAtOnce})
			return err
		})
		if err != nil {
			return fmt.Errorf("deadline of pending entries: %w", err)
		}
	}
	return nil
}
