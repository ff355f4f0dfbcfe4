// Package store keeps reporting's facts and snapshots in PostgreSQL.
package store

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Migrations are reporting's own tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is reporting's database.
type Store struct{ pool *pgxpool.Pool }

// New returns a store.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// counting are the settings of a close: who is behind every figure is gathered in memory, by hashing.
// PostgreSQL takes the cells of a table for far more than they are, and would sort all children first,
// which takes longer than all the rest.
var counting = []pg.Setting{{Name: "work_mem", Value: "128MB"}, {Name: "enable_sort", Value: "off"}}

// WithMonth implements app.ClosingStore.
func (s *Store) WithMonth(ctx context.Context, m domain.Month, fn func(app.MonthTx) error) error {
	// Tried once: what the ledger has counted was asked for meanwhile.
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: counting, MaxAttempts: 1}, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockMonth(ctx, m.String()); err != nil {
			return err
		}
		return fn(monthTx{tx: tx, q: q, month: m})
	})
	if err != nil {
		return fmt.Errorf("closing %s: %w", m, err)
	}
	return nil
}

type monthTx struct {
	tx    pgx.Tx
	q     *db.Queries
	month domain.Month
}

// Closed implements app.MonthTx.
func (t monthTx) Closed(ctx context.Context) (app.Snapshot, bool, error) {
	s, err := snapshot(ctx, t.q, t.month)
	if fault.Is(err, "MONTH_NOT_CLOSED") {
		return app.Snapshot{}, false, nil
	}
	return s, err == nil && s.State == domain.Closed, err
}

// Insert implements app.MonthTx.
func (t monthTx) Insert(ctx context.Context, s app.Snapshot) (app.Snapshot, error) {
	row, err := t.q.InsertSnapshot(ctx, db.InsertSnapshotParams{
		Month: s.Month.String(), State: string(s.State), Cutoff: s.Cutoff, Digest: s.Digest,
		StreamSequence: int64(s.Sequence), Author: s.Author, Definitions: int32(s.Definitions),
	})
	if err != nil {
		return s, err
	}
	params := make([]db.InsertRowsParams, len(s.Rows))
	for i := range s.Rows {
		r := &s.Rows[i]
		codes, err := json.Marshal(r.ByCode)
		if err != nil {
			return s, err
		}
		params[i] = db.InsertRowsParams{
			Number: row.Number, Position: int32(i + 1), RegionCode: r.Region.Code, RegionName: r.Region.Name,
			RegionLevel: r.Region.Level, ParentCode: r.Region.Parent, Source: int16(r.Source), Total: r.Total,
			Pending: r.Pending, Unconfirmed: r.Unconfirmed, ByCode: codes, ATotal: r.A, BTotal: r.B, Added: r.Added,
			Changed: r.Changed, EverA: r.EverA, Returned: r.Returned, Rank: int32(r.Rank),
			Closed: r.Closed, GivenBack: r.GivenBack, DutyOpen: r.DutyOpen, Overdue: r.Overdue, Late: r.Late,
		}
	}
	if _, err := t.q.InsertRows(ctx, params); err != nil {
		return s, err
	}
	if err := t.q.InsertCohorts(ctx, db.InsertCohortsParams{Month: t.month.String(), Number: row.Number}); err != nil {
		return s, err
	}
	if err := t.q.InsertReviews(ctx, reviewsOf(row.Number, s.Reviews)); err != nil {
		return s, err
	}
	s.Number, s.CreatedAt = row.Number, row.CreatedAt
	return s, audit.Append(ctx, t.tx, closed(s))
}

func reviewsOf(number int64, reviews []domain.Reviewed) db.InsertReviewsParams {
	p := db.InsertReviewsParams{Number: number}
	for _, r := range reviews {
		p.Counties, p.Codes = append(p.Counties, r.County), append(p.Codes, r.Code)
		p.Decided, p.Overturned = append(p.Decided, r.Decided), append(p.Overturned, r.Overturned)
	}
	return p
}

// Snapshot implements app.ShowStore.
func (s *Store) Snapshot(ctx context.Context, m domain.Month) (app.Snapshot, error) {
	return snapshot(ctx, db.New(s.pool), m)
}

func snapshot(ctx context.Context, q *db.Queries, m domain.Month) (app.Snapshot, error) {
	row, err := q.GetSnapshot(ctx, m.String())
	if errors.Is(err, pgx.ErrNoRows) {
		return app.Snapshot{}, fault.New(fault.NotFound, "MONTH_NOT_CLOSED", "该月份尚未汇总")
	}
	if err != nil {
		return app.Snapshot{}, fmt.Errorf("snapshot of %s: %w", m, err)
	}
	return whole(ctx, q, row)
}

// whole reads a snapshot's rows, and what reviews came to.
func whole(ctx context.Context, q *db.Queries, row db.Snapshot) (app.Snapshot, error) {
	result, err := snapshotOf(row)
	if err != nil {
		return result, err
	}
	rows, err := q.ListRows(ctx, row.Number)
	if err != nil {
		return result, fmt.Errorf("snapshot %d: %w", row.Number, err)
	}
	result.Rows = make([]domain.Row, len(rows))
	for i, r := range rows {
		result.Rows[i] = domain.Row{
			Region: domain.Region{Code: r.RegionCode, Name: r.RegionName, Level: r.RegionLevel, Parent: r.ParentCode},
			Source: domain.Source(r.Source), Total: r.Total, Pending: r.Pending, Unconfirmed: r.Unconfirmed, A: r.ATotal,
			B: r.BTotal, Added: r.Added, Changed: r.Changed, EverA: r.EverA, Returned: r.Returned, Rank: int(r.Rank),
			Closed: r.Closed, GivenBack: r.GivenBack, DutyOpen: r.DutyOpen, Overdue: r.Overdue, Late: r.Late,
		}
		if err := json.Unmarshal(r.ByCode, &result.Rows[i].ByCode); err != nil {
			return result, fmt.Errorf("snapshot %d: %w", row.Number, err)
		}
	}
	reviews, err := reviewsIn(ctx, q, row.Number)
	result.Reviews = reviews[row.Number]
	return result, err
}

// reviewsIn are those of some snapshots, by their numbers.
func reviewsIn(ctx context.Context, q *db.Queries, numbers ...int64) (map[int64][]domain.Reviewed, error) {
	rows, err := q.ListReviews(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("reviews of snapshots %v: %w", numbers, err)
	}
	reviews := map[int64][]domain.Reviewed{}
	for _, r := range rows {
		reviews[r.Number] = append(reviews[r.Number], domain.Reviewed{County: r.CountyCode, Code: r.Code, Decided: r.Decided, Overturned: r.Overturned})
	}
	return reviews, nil
}

func snapshotOf(row db.Snapshot) (app.Snapshot, error) {
	m, err := domain.ParseMonth(row.Month)
	return app.Snapshot{
		Number: row.Number, Month: m, State: domain.State(row.State), Cutoff: row.Cutoff, Digest: row.Digest,
		Sequence: uint64(row.StreamSequence), Author: row.Author, CreatedAt: row.CreatedAt, Definitions: int(row.Definitions),
	}, err
}

// Snapshots implements app.ShowStore: the one of each month that counts, without its rows.
func (s *Store) Snapshots(ctx context.Context) ([]app.Snapshot, error) {
	q := db.New(s.pool)
	rows, err := q.ListSnapshots(ctx)
	if err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	numbers := make([]int64, len(rows))
	for i, row := range rows {
		numbers[i] = row.Number
	}
	reviews, err := reviewsIn(ctx, q, numbers...)
	if err != nil {
		return nil, err
	}
	snapshots := make([]app.Snapshot, len(rows))
	for i, row := range rows {
		if snapshots[i], err = snapshotOf(row); err != nil {
			return nil, err
		}
		snapshots[i].Reviews = reviews[row.Number]
	}
	return snapshots, nil
}
