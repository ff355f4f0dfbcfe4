package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func open(t *testing.T) (*store.Store, *pgxpool.Pool) {
	t.Helper()
	dsn := testkit.Database(t, "reporting", func(ctx context.Context, dsn string) error {
		if err := pg.Migrate(ctx, dsn, store.Migrations, "migrations"); err != nil {
			return err
		}
		return pg.Migrate(ctx, dsn, audit.Migrations, audit.MigrationsDir)
	})
	return connect(t, dsn)
}

func connect(t *testing.T, dsn string) (*store.Store, *pgxpool.Pool) {
	t.Helper()
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return store.New(pool), pool
}

var july = func() domain.Month {
	m, err := domain.ParseMonth("2019-07")
	if err != nil {
		panic(err)
	}
	return m
}()

// entryID of the n-th entry.
func entryID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

func routed(entry int, version int64, county string, at time.Time) app.Routing {
	return app.Routing{EntryID: entryID(entry), Version: version, County: county, Source: 1, At: at}
}

func found(entry int, revision int64, code string, at time.Time) app.Outcome {
	return app.Outcome{EntryID: entryID(entry), Revision: revision, Code: code, At: at}
}

func apply(t *testing.T, s *store.Store, routings []app.Routing, outcomes []app.Outcome) {
	t.Helper()
	applyAll(t, s, app.Facts{Routings: routings, Outcomes: outcomes})
}

func applyAll(t *testing.T, s *store.Store, facts app.Facts) {
	t.Helper()
	if err := s.Apply(testkit.Context(t), facts); err != nil {
		t.Fatal(err)
	}
}

// closing closes months against a ledger that says what truth says, well after
// July 2019.
func closing(s *store.Store, truth truthFunc) app.Closing {
	return app.Closing{
		Store: s, Runs: s, Sources: []app.Watermark{published(42)}, Truth: truth, Reviews: decided(), Applied: allApplied{}, Buried: buried(0), Divisions: hangzhou{},
		Now: func() time.Time { return july.End().Add(time.Hour) }, Log: slog.New(slog.DiscardHandler),
	}
}

type truthFunc func(ctx context.Context) ([]domain.Bucket, error)

func (f truthFunc) CountAsOf(ctx context.Context, _ time.Time, _ uint64) ([]domain.Bucket, error) {
	return f(ctx)
}

func says(buckets ...domain.Bucket) truthFunc {
	return func(context.Context) ([]domain.Bucket, error) { return buckets, nil }
}

// published up to a position, by a clock that is past July.
type published uint64

func (p published) Watermark(context.Context) (uint64, time.Time, error) {
	return uint64(p), july.End(), nil
}

type reviewsFunc func(cutoff time.Time) ([]domain.Reviewed, error)

func (f reviewsFunc) ReviewsAsOf(_ context.Context, cutoff time.Time) ([]domain.Reviewed, error) {
	return f(cutoff)
}

// decided are the reviews that were decided before any cut-off.
func decided(reviews ...domain.Reviewed) reviewsFunc {
	return func(time.Time) ([]domain.Reviewed, error) { return reviews, nil }
}

type allApplied struct{}

func (allApplied) WaitApplied(context.Context, uint64) error { return nil }

// buried are the events that could not be applied.
type buried int

func (b buried) Count(context.Context, uint64) (int, error) { return int(b), nil }

type hangzhou struct{}

func (hangzhou) AsOf(context.Context, time.Time) ([]domain.Region, error) {
	return []domain.Region{
		{Code: "330100", Name: "杭州市", Level: domain.LevelCity, Parent: domain.Province.Code},
		{Code: "330105", Name: "拱墅区", Level: domain.LevelCounty, Parent: "330100"},
		{Code: "330106", Name: "西湖区", Level: domain.LevelCounty, Parent: "330100"},
	}, nil
}
