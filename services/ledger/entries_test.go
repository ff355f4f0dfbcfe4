package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// projection is where an entry stands.
type projection struct {
	Status   int16
	Code     string
	Revision int64
	History  int
}

// Whatever the order, however often, in whatever batches: the projection is that of the
// newest outcome and the history has each once.
func TestOutcomesOnlyMoveForwards(t *testing.T) {
	pool, ids := seeded(t)
	s := storeOf(t, pool)
	start := time.Date(2019, 7, 20, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		if err := clear(ctx, pool, ids); err != nil {
			t.Fatal(err)
		}
		want := map[string]projection{}
		var outcomes []app.Outcome
		for _, county := range slices.Sorted(maps.Keys(ids)) {
			id := ids[county]
			want[id] = projection{Status: 1}
			for revision := range rapid.IntRange(0, 4).Draw(t, "revisions") {
				code := rapid.SampledFrom([]string{"99", "A1", "B2"}).Draw(t, "code")
				outcomes = append(outcomes, app.Outcome{
					EntryID: id, Revision: int64(revision + 1), Code: code, At: start.Add(time.Duration(revision) * time.Hour),
				})
				want[id] = projection{Status: 3, Code: code, Revision: int64(revision + 1), History: revision + 1}
				if code == "99" {
					want[id] = projection{Status: 2, Code: code, Revision: int64(revision + 1), History: revision + 1}
				}
			}
		}
		if len(outcomes) == 0 {
			return
		}
		delivered := append(slices.Clone(outcomes), rapid.SliceOf(rapid.SampledFrom(outcomes)).Draw(t, "again")...)
		delivered = rapid.Permutation(delivered).Draw(t, "order")
		for len(delivered) > 0 {
			n := rapid.IntRange(1, len(delivered)).Draw(t, "batch")
			if err := s.ApplyOutcomes(ctx, delivered[:n]); err != nil {
				t.Fatal(err)
			}
			delivered = delivered[n:]
		}
		for id, w := range want {
			if got, err := project(ctx, pool, id); err != nil || got != w {
				t.Fatalf("%s: %+v, %v, want %+v", id, got, err, w)
			}
		}
	})
}

func TestAnOutcomeOfNobodyIsNotSwallowed(t *testing.T) {
	pool, ids := seeded(t)
	s := storeOf(t, pool)
	err := s.ApplyOutcomes(t.Context(), []app.Outcome{
		{EntryID: ids["330106"], Revision: 2, Code: "B2", At: time.Now()}, {EntryID: uuid.NewString(), Revision: 1, Code: "A1", At: time.Now()},
	})
	if err == nil {
		t.Fatal("an outcome of an unknown entry was taken")
	}
	if got, err := project(t.Context(), pool, ids["330106"]); err != nil || got.Revision != 0 {
		t.Errorf("half of it was applied: %+v, %v", got, err)
	}
}

// A list shows at once what was saved, and what belongs to nobody waits for its event to fail.
func TestWhatIsAnticipatedOfNobodyIsLeftToItsEvent(t *testing.T) {
	pool, ids := seeded(t)
	s, ctx := storeOf(t, pool), t.Context()
	outcomes := []app.Outcome{
		{EntryID: uuid.NewString(), Revision: 1, Code: "A1", At: time.Now()}, {EntryID: ids["330106"], Revision: 1, Code: "B2", At: time.Now()},
	}
	works := []app.Work{{EntryID: outcomes[0].EntryID, Version: 1, Duty: "NONE"}, {EntryID: ids["330106"], Version: 1, Duty: "NONE"}}
	if err := s.AnticipateOutcomes(ctx, outcomes, works, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := project(ctx, pool, ids["330106"]); err != nil || got != (projection{Status: 3, Code: "B2", Revision: 1, History: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	var strangers int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM entry_outcomes WHERE entry_id = $1", outcomes[0].EntryID).Scan(&strangers); err != nil || strangers != 0 {
		t.Errorf("%d outcomes of nobody, %v", strangers, err)
	}
	if err := s.ApplyOutcomes(ctx, outcomes); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("its event: %v", err)
	}
	if err := s.ApplyWorks(ctx, works); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("its work's event: %v", err)
	}
	if err := s.ApplyTags(ctx, []app.Tagging{{EntryID: outcomes[0].EntryID, Version: 1}}); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("its special groups' event: %v", err)
	}
}

// The badges are the lists' lengths, whoever asks, for any region, in any state; pages
// show every entry once, and no entry of anybody else.
func TestCountsAreTheListsLengths(t *testing.T) {
	pool, ids := seeded(t)
	keyring := testkit.Keyring(t, pool)
	entries := app.Entries{Store: storeOf(t, pool, keyring), Sealer: keyring}
	counties := slices.Sorted(maps.Keys(ids))
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		states := map[string]string{}
		for _, county := range counties {
			states[county] = rapid.SampledFrom([]string{"", "99", "A1", "B2"}).Draw(t, "state of "+county)
		}
		if err := become(ctx, pool, ids, states); err != nil {
			t.Fatal(err)
		}
		scopes := map[string]domain.Scope{
			"province": domain.ProvinceScope(), "city": domain.CityScope("330100"), "county": domain.CountyScope("330106"), "nobody": {},
		}
		who := rapid.SampledFrom(slices.Sorted(maps.Keys(scopes))).Draw(t, "who")
		region := rapid.SampledFrom([]string{"", "330000", "330100", "330300", "330106", "330102", "none"}).Draw(t, "region")
		caller := app.Caller{Scope: scopes[who]}
		counts, err := entries.Count(ctx, caller, region)
		if err != nil {
			t.Fatal(err)
		}
		for _, tab := range []app.Tab{app.TabAll, app.TabPending, app.TabHandled} {
			var seen []string
			for token := ""; ; {
				page, err := entries.List(ctx, caller, app.Filter{Tab: tab, Region: region}, rapid.IntRange(1, 3).Draw(t, "size"), token)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Entries {
					if slices.Contains(seen, e.ID) || !visible(who, e.CountyCode) {
						t.Fatalf("%s is shown %s of %q", who, e.ID, e.CountyCode)
					}
					seen = append(seen, e.ID)
				}
				if token = page.Next; token == "" {
					if page.Total != len(seen) {
						t.Fatalf("a list of %d says that it has %d", len(seen), page.Total)
					}
					break
				}
			}
			want := counts.Total
			switch tab {
			case app.TabPending:
				want = counts.Pending
			case app.TabHandled:
				want = counts.Handled
			case app.TabAll:
			}
			if len(seen) != want {
				t.Fatalf("%s, region %q, tab %d: %d in the list, %d counted", who, region, tab, len(seen), want)
			}
		}
	})
}

func visible(who, county string) bool {
	switch who {
	case "province":
		return true
	case "city":
		return county == "330102" || county == "330106"
	case "county":
		return county == "330106"
	}
	return false
}

// clear takes all outcomes back, which only a test may.
func clear(ctx context.Context, db querier, ids map[string]string) error {
	return become(ctx, db, ids, map[string]string{})
}

type querier interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// become puts every entry into the state of a code, "" being pending.
func become(ctx context.Context, db querier, ids, states map[string]string) error {
	return whole(ctx, db, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue("ALTER TABLE entry_outcomes DISABLE TRIGGER USER")
		batch.Queue("DELETE FROM entry_outcomes")
		batch.Queue("ALTER TABLE entry_outcomes ENABLE TRIGGER USER")
		for county, id := range ids {
			switch code := states[county]; code {
			case "":
				batch.Queue("UPDATE entries SET status = 1, code = '', revision = 0 WHERE id = $1", id)
			case "99":
				batch.Queue("UPDATE entries SET status = 2, code = '99', revision = 1 WHERE id = $1", id)
			default:
				batch.Queue("UPDATE entries SET status = 3, code = $2, revision = 1 WHERE id = $1", id, code)
			}
		}
		return tx.SendBatch(ctx, batch).Close()
	})
}

func project(ctx context.Context, db querier, id string) (p projection, err error) {
	err = whole(ctx, db, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT status, code, revision, (SELECT count(*) FROM entry_outcomes WHERE entry_id = id)
			FROM entries WHERE id = $1`, id).Scan(&p.Status, &p.Code, &p.Revision, &p.History)
	})
	return p, err
}

// whole runs fn with the province's scope.
func whole(ctx context.Context, db querier, fn func(pgx.Tx) error) error {
	begin := fmt.Sprintf("begin; set local baoxue.scope_from = ''; set local baoxue.scope_to = '%s'", province.to)
	return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{BeginQuery: begin}, fn)
}

func TestWhatHappenedToAnEntryIsNeverChangedNorDeleted(t *testing.T) {
	pool, _ := seeded(t)
	for _, statement := range []string{
		"UPDATE entry_routings SET county_code = '330102'", "DELETE FROM entry_routings", "TRUNCATE entry_routings",
		"UPDATE entry_outcomes SET code = 'B2'", "DELETE FROM entry_outcomes", "TRUNCATE entry_outcomes",
	} {
		if err := whole(t.Context(), pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), statement)
			return err
		}); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
