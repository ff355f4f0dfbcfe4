package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Buckets implements app.Figures.
func (s *Store) Buckets(ctx context.Context, asOf app.AsOf) ([]domain.Bucket, error) {
	buckets, _, err := bucketsAsOf(ctx, db.New(s.pool), asOf)
	return buckets, err
}

// bucketsAsOf are the buckets as of an instant, and how many entries of each county miss an event.
func bucketsAsOf(ctx context.Context, q *db.Queries, asOf app.AsOf) ([]domain.Bucket, map[string]int64, error) {
	day, lateFrom := daysOf(asOf)
	rows, err := q.Buckets(ctx, db.BucketsParams{MonthStart: asOf.MonthStart, Cutoff: asOf.Cutoff, LateFrom: lateFrom, Day: day})
	if err != nil {
		return nil, nil, fmt.Errorf("counting as of %s: %w", asOf.Cutoff, err)
	}
	buckets, gaps := sorted(rows)
	return buckets, gaps, nil
}

// sorted tells what counts from what is missing.
func sorted(rows []db.BucketsRow) (buckets []domain.Bucket, gaps map[string]int64) {
	gaps = map[string]int64{}
	for _, r := range rows {
		if r.Gaps > 0 {
			gaps[r.CountyCode] += r.Gaps
		}
		if r.Counted {
			buckets = append(buckets, bucketOf(r.CountyCode, r.Source, r.Code, r.Traits, r.Entries))
		}
	}
	return buckets, gaps
}

// Buckets implements app.MonthTx.
func (t monthTx) Buckets(ctx context.Context, asOf app.AsOf) ([]domain.Bucket, map[string]int64, error) {
	return bucketsAsOf(ctx, t.q, asOf)
}

// Freeze implements app.MonthTx.
func (t monthTx) Freeze(ctx context.Context, asOf app.AsOf) ([]domain.Bucket, map[string]int64, error) {
	day, lateFrom := daysOf(asOf)
	frozen, err := t.q.FreezeBuckets(ctx, db.FreezeBucketsParams{
		Month: t.month.String(), MonthStart: asOf.MonthStart, Cutoff: asOf.Cutoff, LateFrom: lateFrom, Day: day,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("freezing the entries as of %s: %w", asOf.Cutoff, err)
	}
	rows := make([]db.BucketsRow, len(frozen))
	for i, r := range frozen {
		rows[i] = db.BucketsRow(r)
	}
	buckets, gaps := sorted(rows)
	return buckets, gaps, nil
}

// Changed implements app.LiveStore: all of it as of one instant, so that a child that moves is
// counted once.
func (s *Store) Changed(ctx context.Context, known map[string]int64, asOf app.AsOf) (app.Change, error) {
	var change app.Change
	err := pg.InTxOptions(ctx, s.pool, pg.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true}, func(tx pgx.Tx) (err error) {
		change, err = changed(ctx, db.New(tx), known, asOf)
		return err
	})
	if err != nil {
		return app.Change{}, fmt.Errorf("counting what changed: %w", err)
	}
	return change, nil
}

func changed(ctx context.Context, q *db.Queries, known map[string]int64, asOf app.AsOf) (app.Change, error) {
	change := app.Change{Versions: map[string]int64{}}
	versions, err := q.CountyVersions(ctx)
	if err != nil {
		return change, err
	}
	var counties []string
	change.Newest = time.Unix(0, 0)
	for _, v := range versions {
		if v.NewestAt.After(change.Newest) {
			change.Newest = v.NewestAt
		}
		if known[v.CountyCode] != v.Version {
			change.Versions[v.CountyCode] = v.Version
			counties = append(counties, v.CountyCode)
		}
	}
	if len(counties) == 0 {
		return change, nil
	}
	day, lateFrom := daysOf(asOf)
	rows, err := q.LiveBuckets(ctx, db.LiveBucketsParams{Counties: counties, MonthStart: asOf.MonthStart, LateFrom: lateFrom, Day: day})
	for _, r := range rows {
		change.Buckets = append(change.Buckets, bucketOf(r.CountyCode, r.Source, r.Code, r.Traits, r.Entries))
	}
	return change, err
}

// Buckets implements app.Figures: from nothing but the facts.
func (s scratch) Buckets(ctx context.Context, asOf app.AsOf) ([]domain.Bucket, error) {
	day, lateFrom := daysOf(asOf)
	rows, err := db.New(s.conn).BucketsOfHistory(ctx, db.BucketsOfHistoryParams{
		MonthStart: asOf.MonthStart, Cutoff: asOf.Cutoff, LateFrom: lateFrom, Day: day,
	})
	if err != nil {
		return nil, fmt.Errorf("counting again as of %s: %w", asOf.Cutoff, err)
	}
	result := make([]domain.Bucket, len(rows))
	for i, r := range rows {
		result[i] = bucketOf(r.CountyCode, r.Source, r.Code, r.Traits, r.Entries)
	}
	return result, nil
}

// daysOf are the day that deadlines are compared with, and since when an assignment is late.
func daysOf(asOf app.AsOf) (day, lateFrom time.Time) {
	local := asOf.At.In(domain.Shanghai)
	// The database takes a date as its UTC day.
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC), local.AddDate(0, 0, -domain.LateDays)
}

func bucketOf(county string, source int16, code string, traits int32, entries int64) domain.Bucket {
	return domain.Bucket{County: county, Source: domain.Source(source), Code: code, Entries: entries, Traits: domain.Traits(traits)}
}
