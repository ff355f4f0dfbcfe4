package app

import (
	"context"
	"fmt"
	"maps"
	"time"

	"golang.org/x/sync/semaphore"

	"baoxue.internal/services/reporting/internal/domain"
)

// LiveStore counts where entries are now.
type LiveStore interface {
	// Changed counts the counties that are not at the versions that are known, all as of one
	// instant.
	Changed(ctx context.Context, known map[string]int64, asOf AsOf) (Change, error)
}

// Change is what is to be known besides.
type Change struct {
	// Versions and Buckets are those of the counties that changed.
	Versions map[string]int64
	Buckets  []domain.Bucket
	// Newest is the time of the newest fact of all.
	Newest time.Time
}

// Live is the table of where entries are now. What was counted of a county stays good until one
// of its entries changes, or the minute does: deadlines pass, and a month begins.
type Live struct {
	store     LiveStore
	divisions Divisions

	// turn is one caller's: who asks while others are answered waits no longer than its own deadline.
	turn     *semaphore.Weighted
	asOf     AsOf
	versions map[string]int64
	buckets  map[string][]domain.Bucket
	table    []domain.Row
}

// NewLive returns a table of which nothing is counted yet.
func NewLive(store LiveStore, divisions Divisions) *Live {
	return &Live{store: store, divisions: divisions, turn: semaphore.NewWeighted(1)}
}

// Table returns the rows, which nobody may change, and the time of the newest fact.
func (l *Live) Table(ctx context.Context, now time.Time) ([]domain.Row, time.Time, error) {
	if err := l.turn.Acquire(ctx, 1); err != nil {
		return nil, time.Time{}, fmt.Errorf("waiting for the table of others: %w", err)
	}
	defer l.turn.Release(1)
	now = now.Truncate(time.Minute)
	if !now.Equal(l.asOf.At) {
		m, err := domain.ParseMonth(now.In(domain.Shanghai).Format("2006-01"))
		if err != nil {
			return nil, time.Time{}, err
		}
		l.asOf = AsOf{MonthStart: m.Start(), Cutoff: m.End(), At: now}
		l.versions, l.buckets, l.table = map[string]int64{}, map[string][]domain.Bucket{}, nil
	}
	change, err := l.store.Changed(ctx, l.versions, l.asOf)
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(change.Versions) > 0 || l.table == nil {
		if l.table, err = l.count(ctx, change); err != nil {
			// What is not known is counted again.
			l.asOf = AsOf{}
			return nil, time.Time{}, err
		}
	}
	return l.table, change.Newest, nil
}

func (l *Live) count(ctx context.Context, change Change) ([]domain.Row, error) {
	for county := range change.Versions {
		delete(l.buckets, county)
	}
	for _, b := range change.Buckets {
		l.buckets[b.County] = append(l.buckets[b.County], b)
	}
	maps.Copy(l.versions, change.Versions)
	regions, err := l.divisions.AsOf(ctx, l.asOf.At)
	if err != nil {
		return nil, err
	}
	var all []domain.Bucket
	for _, buckets := range l.buckets {
		all = append(all, buckets...)
	}
	return domain.Table(all, regions)
}
