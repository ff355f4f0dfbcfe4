package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

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
