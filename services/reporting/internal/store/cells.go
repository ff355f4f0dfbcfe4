package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// SnapshotNumber implements app.CellStore.
func (s *Store) SnapshotNumber(ctx context.Context, number int64) (app.Snapshot, error) {
	q := db.New(s.pool)
	row, err := q.GetSnapshotByNumber(ctx, number)
	if errors.Is(err, pgx.ErrNoRows) {
		return app.Snapshot{}, fault.New(fault.NotFound, "NOT_FOUND", "没有这一期汇总")
	}
	if err != nil {
		return app.Snapshot{}, fmt.Errorf("snapshot %d: %w", number, err)
	}
	return whole(ctx, q, row)
}

// FrozenCohorts implements app.CellStore.
func (s *Store) FrozenCohorts(ctx context.Context, number int64) ([]domain.Bucket, error) {
	rows, err := db.New(s.pool).ListCohorts(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("cohorts of snapshot %d: %w", number, err)
	}
	cohorts := make([]domain.Bucket, len(rows))
	for i, r := range rows {
		cohorts[i] = domain.Bucket{
			County: r.CountyCode, Source: domain.Source(r.Source), Code: r.Code, Traits: domain.Traits(r.Traits), Entries: r.Entries,
		}
	}
	return cohorts, nil
}

// FrozenEntries implements app.CellStore.
func (s *Store) FrozenEntries(ctx context.Context, number int64, c domain.Bucket, from, to int64) ([]string, error) {
	ids, err := db.New(s.pool).CohortEntries(ctx, db.CohortEntriesParams{
		First: int32(from + 1), Last: int32(to), Number: number, CountyCode: c.County, Source: int16(c.Source), Code: c.Code, Traits: int32(c.Traits),
	})
	if err != nil {
		return nil, fmt.Errorf("entries of snapshot %d: %w", number, err)
	}
	if missing := to - from - int64(len(ids)); missing != 0 {
		return nil, fmt.Errorf("entries of snapshot %d: %d have no id", number, missing)
	}
	return ids, nil
}
