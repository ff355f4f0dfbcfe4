package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

// plainCount is the floor of a close: the same table by DISTINCT ON per entry up to the cut-off.
const plainCount = `SELECT r.county_code, r.source, coalesce(o.code, ''), count(*)
FROM (SELECT DISTINCT ON (entry_id) entry_id, county_code, source FROM entry_routings WHERE occurred_at < $1 ORDER BY entry_id, version DESC) r
LEFT JOIN (SELECT DISTINCT ON (entry_id) entry_id, code FROM entry_outcomes WHERE occurred_at < $1 ORDER BY entry_id, revision DESC) o USING (entry_id)
LEFT JOIN (SELECT DISTINCT ON (entry_id) entry_id, closed, due_on FROM entry_works WHERE occurred_at < $1 ORDER BY entry_id, version DESC) w USING (entry_id)
GROUP BY 1, 2, 3, w.closed, w.due_on < $1::date`

const (
	benchCounties = 90
	// benchBatch is what the consumer hands over at most.
	benchBatch = 2000
)

// BenchmarkMonth applies the events of BENCH_ENTRIES children (default 100,000; five events each,
// those of one child in twenty end after the cut-off), reads the progress and closes the month, on a
// PostgreSQL that commits durably. Run it once: -benchtime 1x.
func BenchmarkMonth(b *testing.B) {
	entries := 100_000
	if text := os.Getenv("BENCH_ENTRIES"); text != "" {
		var err error
		if entries, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	s, pool := durable(b)
	ctx := context.Background()
	for range b.N {
		begin := time.Now()
		events := applyEvents(b, s, entries)
		b.ReportMetric(float64(events)/time.Since(begin).Seconds(), "events/s")
		// As autovacuum has done long before a month ends.
		if _, err := pool.Exec(ctx, "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
		begin = time.Now()
		if _, err := pool.Exec(ctx, plainCount, july.End()); err != nil {
			b.Fatal(err)
		}
		floor := time.Since(begin)
		buckets, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End()))
		if err != nil {
			b.Fatal(err)
		}
		begin = time.Now()
		if _, err := closing(s, says(buckets...)).Close(ctx, "2019-07", "bench"); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begin)
		b.ReportMetric(took.Seconds(), "s/close")
		b.ReportMetric(took.Seconds()/floor.Seconds(), "close/floor")
		b.ReportMetric(liveProgress(b, s), "ms/progress")
	}
}

// liveProgress is the median time, in milliseconds, of reading the whole province's progress.
func liveProgress(b *testing.B, s *store.Store) float64 {
	b.Helper()
	ctx := context.Background()
	show := app.Show{Store: s, Divisions: hangzhou{}, Live: app.NewLive(s, hangzhou{}), Now: time.Now}
	took := make([]time.Duration, 200)
	for i := range took {
		begin := time.Now()
		if _, _, err := show.Progress(ctx, app.Scope{Level: domain.LevelProvince}, ""); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	return took[len(took)/2].Seconds() * 1000
}

func durable(b *testing.B) (*store.Store, *pgxpool.Pool) {
	b.Helper()
	dir, err := os.MkdirTemp("/tmp", "baoxue-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	cluster, err := privatepg.Start(ctx, privatepg.Options{DataDir: filepath.Join(dir, "data"), Durable: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := cluster.Stop(ctx); err != nil {
			b.Error(err)
		}
	})
	if err := cluster.EnsureDatabase(ctx, "reporting", "reporting"); err != nil {
		b.Fatal(err)
	}
	dsn := cluster.DSN("reporting")
	for _, schema := range []pg.Schema{{Files: store.Migrations, Dir: "migrations"}, {Files: audit.Migrations, Dir: audit.MigrationsDir}} {
		if err := pg.Migrate(ctx, dsn, schema.Files, schema.Dir); err != nil {
			b.Fatal(err)
		}
	}
	pool, err := pg.Open(ctx, dsn, pg.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return store.New(pool), pool
}

// applyEvents applies five events of each child, in the order of time, and returns how many.
func applyEvents(b *testing.B, s app.FactStore, entries int) (events int) {
	b.Helper()
	ids := make([]string, entries)
	for n := range ids {
		digest := sha256.Sum256([]byte(strconv.Itoa(n)))
		text := hex.EncodeToString(digest[:16])
		ids[n] = fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
	}
	codes := []string{"A1", "A2", "99", "B3", "B10"}
	var facts app.Facts
	flush := func() {
		if err := s.Apply(context.Background(), facts); err != nil {
			b.Fatal(err)
		}
		events += len(facts.EntryIDs())
		facts = app.Facts{}
	}
	for round := range 5 {
		for n, id := range ids {
			at := july.Start().Add(time.Duration(round) * 5 * 24 * time.Hour)
			if round == 4 && n%20 == 0 {
				at = july.End().Add(time.Hour)
			}
			switch round {
			case 0:
				facts.Routings = append(facts.Routings, app.Routing{
					EntryID: id, Version: 1, County: fmt.Sprintf("33%02d%02d", 1+n%benchCounties/9, 1+n%9), Source: domain.Source(1 + n%3), At: at,
				})
			case 1, 3:
				facts.Outcomes = append(facts.Outcomes, app.Outcome{EntryID: id, Revision: int64(round+1) / 2, Code: codes[(n+round)%len(codes)], At: at})
			default:
				facts.Works = append(facts.Works, app.Work{EntryID: id, Version: int64(round) / 2, Closed: false, DueOn: "2019-08-15", At: at})
			}
			if len(facts.Routings)+len(facts.Outcomes)+len(facts.Works) == benchBatch {
				flush()
			}
		}
	}
	flush()
	return events
}
