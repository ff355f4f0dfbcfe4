package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// test is a *testing.T or a *rapid.T.
type test interface {
	Helper()
	Fatal(args ...any)
}

func open(t *testing.T) (*store.Store, *pgxpool.Pool) {
	t.Helper()
	dsn := testkit.Database(t, "ledger", ledger.Migrate)
	connect := func() *pgxpool.Pool {
		pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		return pool
	}
	pool := connect()
	return store.New(pool, connect(), testkit.Keyring(t, pool), func() {}), pool
}

// counties are two of one city, one of another, and the province's own queue.
var counties = []string{"330102", "330106", "330302", ""}

// child is a row that the county's code leads to.
func child(number int, name, county string) app.StagedRow {
	return app.StagedRow{
		Row:   domain.Row{PersonName: name, RegionCode: county, IDNumber: fmt.Sprintf("3301022010010%05d", number), Extra: map[string]string{}},
		Sheet: "台账", Number: number + 2, Key: sha256.Sum256(fmt.Append(nil, "key", number)), Digest: sha256.Sum256(fmt.Append(nil, "content", number)),
	}
}

// distribute imports the rows as a distribution of the Ministry.
// tenWorkingDays is what the service gives a pending entry.
func tenWorkingDays(t test) func(day time.Time) time.Time {
	t.Helper()
	days, err := calendar.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return func(day time.Time) time.Time { return days.After(day, 10) }
}

func distribute(ctx context.Context, t test, s *store.Store, rows ...app.StagedRow) app.Import {
	t.Helper()
	created, err := s.CreateImport(ctx, "台账.xlsx", "省厅")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(ctx, mergeOf(t, created.ID, rows)); err != nil {
		t.Fatal(err)
	}
	done, err := s.GetImport(ctx, created.ID)
	if err != nil || done.State != "SUCCEEDED" {
		t.Fatal(done, err)
	}
	return done
}

// mergeOf reads the rows, routed, in batches of two.
func mergeOf(t test, importID string, rows []app.StagedRow) app.Merge {
	t.Helper()
	routed := slices.Clone(rows)
	for i := range routed {
		r := &routed[i]
		r.CountyCode, r.RoutingReason = r.RegionCode, "REGION_CURRENT"
		if r.RegionCode == "" {
			r.RoutingReason, r.Flags = "REGION_MISSING", append(slices.Clone(r.Flags), domain.FlagRegionMissing)
		}
	}
	return app.Merge{
		ImportID: importID, Actor: "省厅", Progress: &app.Progress{}, Due: tenWorkingDays(t),
		Rows: func(context.Context) iter.Seq2[app.Batch, error] {
			return func(yield func(app.Batch, error) bool) {
				for batch := range slices.Chunk(routed, 2) {
					if !yield(app.Batch{Rows: batch}, nil) {
						return
					}
				}
			}
		},
	}
}

// everything is what the province selects by details.
func everything(d app.Detail) app.Selection {
	return app.Selection{Scope: domain.ProvinceScope(), Counties: domain.WholeProvince, Kind: app.Kind{Statuses: app.AllStatuses}, Detail: d}
}

// all are the entries of the ledger, in its order.
func all(ctx context.Context, t test, s *store.Store) []domain.Entry {
	t.Helper()
	entries, _, err := s.ListEntries(ctx, everything(app.Detail{}), app.Place{ID: app.Beginning}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// forgetAll empties the ledger.
const forgetAll = "TRUNCATE imports, entries, entry_routings, entry_search, entry_changes, outbox CASCADE"

var wholeProvince = []pg.Setting{{Name: "baoxue.scope_from", Value: ""}, {Name: "baoxue.scope_to", Value: "999999"}}

// exec changes the whole province behind the store's back.
func exec(ctx context.Context, t test, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	// Only the owner of the tables can, and only so, forget what happened.
	statements = append([]string{"ALTER TABLE entry_routings DISABLE TRIGGER USER", "ALTER TABLE entry_outcomes DISABLE TRIGGER USER"}, statements...)
	statements = append(statements, "ALTER TABLE entry_routings ENABLE TRIGGER USER", "ALTER TABLE entry_outcomes ENABLE TRIGGER USER")
	if err := pg.InTxOptions(ctx, pool, pg.TxOptions{Local: wholeProvince}, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
