package store_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/store"
	"baoxue.internal/services/reporting/internal/store/db"
)

// rebuilding reads a stream of which late is told while it reads: that reporting has applied already.
func rebuilding(s *store.Store, told, late []fact) app.Rebuild {
	return app.Rebuild{Store: s, Applied: allApplied{}, Log: slog.New(slog.DiscardHandler), Replay: func(ctx context.Context, to app.FactStore, after uint64) (uint64, error) {
		if after > 0 {
			return after + uint64(len(late)), to.Apply(ctx, split(late))
		}
		return before + uint64(len(told)), to.Apply(ctx, split(told))
	}}
}

// before is how many events of the stream tell nothing about an entry.
const before = 3

// damage is what somebody, or a disk, does to reporting's tables.
type damage struct {
	statement string
	// What it does to a fact; damage to what follows from the facts is none to them.
	missing, different, untold bool
}

var damages = map[string]damage{
	"an outcome is gone":   {statement: "DELETE FROM entry_outcomes WHERE ctid = (SELECT min(ctid) FROM entry_outcomes)", missing: true},
	"a routing is gone":    {statement: "DELETE FROM entry_routings WHERE ctid = (SELECT max(ctid) FROM entry_routings)", missing: true},
	"a code is falsified":  {statement: "UPDATE entry_outcomes SET code = 'B7' WHERE ctid = (SELECT min(ctid) FROM entry_outcomes)", different: true},
	"a time is falsified":  {statement: "UPDATE entry_works SET occurred_at = occurred_at + '1 year' WHERE ctid = (SELECT min(ctid) FROM entry_works)", different: true},
	"a state is falsified": {statement: "UPDATE entry_states SET kind = kind + 1, last_at = last_at + '1 year' WHERE ctid = (SELECT min(ctid) FROM entry_states WHERE NOT past)"},
	"a past is falsified":  {statement: "UPDATE entry_states SET county = county + 1, until = until + '1 month' WHERE ctid = (SELECT min(ctid) FROM entry_states WHERE past)"},
	"a state is gone":      {statement: "DELETE FROM entry_states WHERE ctid = (SELECT max(ctid) FROM entry_states)"},
	"a child is invented":  {statement: "INSERT INTO entry_outcomes VALUES (gen_random_uuid(), 1, 'B1', '2019-07-02')", untold: true},
	"a state is invented": {statement: `WITH invented AS (INSERT INTO entry_ordinals (entry_id) VALUES (gen_random_uuid()) RETURNING ordinal)
		INSERT INTO entry_states SELECT (jsonb_populate_record(s, jsonb_build_object('ordinal', ordinal))).* FROM invented, (SELECT e AS s FROM entry_states e LIMIT 1) x`},
	"the newest is to come": {statement: "UPDATE live_counties SET newest_at = newest_at + '1 year'"},
}

// DOMAIN §4: whatever happened to reporting's tables, rebuilding makes the figures those of the
// events; a check tells the same and changes nothing.
func TestFiguresAreRebuiltFromTheEvents(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	rapid.Check(t, func(rt *rapid.T) {
		empty(rt, pool)
		var facts []fact
		for entry := range rapid.IntRange(1, 5).Draw(rt, "entries") {
			facts = append(facts, history(rt, entry)...)
		}
		for _, batch := range batches(rt, facts) {
			if err := s.Apply(ctx, split(batch)); err != nil {
				rt.Fatal(err)
			}
		}
		if rapid.Bool().Draw(rt, "told meanwhile") {
			// What is told late was not lost: reporting has it from its own consumer.
			late := rapid.IntRange(0, len(facts)).Draw(rt, "late")
			u := rebuilding(s, facts[:len(facts)-late], facts[len(facts)-late:])
			if m, err := u.Do(ctx, app.Mending{RemoveUntold: true}); err != nil || !m.Sound() || m.Sequence != before+uint64(len(facts)) {
				rt.Fatalf("nothing was wrong: %+v, %v", m, err)
			}
		}
		u := rebuilding(s, facts, nil)
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(damages))).Draw(rt, "damage")
		d := damages[name]
		tag, err := pool.Exec(ctx, d.statement)
		if err != nil {
			rt.Fatal(err)
		}
		done := tag.RowsAffected() > 0
		want := app.Mended{Sequence: before + uint64(len(facts)), Missing: one(done && d.missing), Different: one(done && d.different), Untold: one(done && d.untold)}
		how, damaged := app.Mending{RemoveUntold: rapid.Bool().Draw(rt, "remove")}, dump(rt, pool)
		for _, checkOnly := range []bool{true, false} {
			how.CheckOnly = checkOnly
			found, err := u.Do(ctx, how)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, found, cmpopts.IgnoreFields(app.Mended{}, "Entries")); diff != "" {
				rt.Errorf("%s, check %t, -done +found\n%s", name, checkOnly, diff)
			}
			if diff := cmp.Diff(damaged, dump(rt, pool)); checkOnly && diff != "" {
				rt.Errorf("a check has changed\n%s", diff)
			}
		}
		if want.Untold > 0 && !how.RemoveUntold {
			return
		}
		if m, err := u.Do(ctx, app.Mending{CheckOnly: true}); err != nil || !m.Sound() {
			rt.Errorf("%s is not mended: %+v, %v", name, m, err)
		}
		sameFigures(rt, s, facts)
	})
}

// Two who compute an entry from its facts at once would each miss what the other changed.
func TestAChangeByHandWaitsForWhoAppliesFacts(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	threeChildren(t, s)
	const byHand = "UPDATE entry_outcomes SET code = 'B7' WHERE entry_id = (SELECT min(entry_id::text)::uuid FROM entry_outcomes)"
	applying, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.New(applying).LockFacts(ctx); err != nil {
		t.Fatal(err)
	}
	impatient := func() error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '50ms'"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, byHand)
			return err
		})
	}
	if err := impatient(); pg.Code(err) != "55P03" {
		t.Errorf("it did not wait: %v", err)
	}
	if err := applying.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := impatient(); err != nil {
		t.Error(err)
	}
}

func one(done bool) int64 {
	if done {
		return 1
	}
	return 0
}

// dump is all that figures are counted from.
func dump(t rapid.TB, pool *pgxpool.Pool) (rows []string) {
	t.Helper()
	for _, table := range []string{"entry_routings", "entry_outcomes", "entry_works", "entry_states", "live_counties"} {
		found, err := pool.Query(context.Background(), "SELECT t::text FROM "+table+" t ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(found, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, lines...)
	}
	return rows
}

// sameFigures compares what is counted from the entries, as of any instant and now, with the history.
func sameFigures(t rapid.TB, s *store.Store, facts []fact) {
	t.Helper()
	ctx := context.Background()
	newest := time.Unix(0, 0)
	for _, cutoff := range append(instants(), july.End().AddDate(1, 0, 0)) {
		got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), cutoff))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(count(facts, july.Start(), cutoff), sorted(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("as of %s, -history +figures\n%s", cutoff, diff)
		}
	}
	for _, f := range facts {
		if f.at().After(newest) {
			newest = f.at()
		}
	}
	live := app.NewLive(s, hangzhou{})
	if _, at, err := live.Table(ctx, july.End()); err != nil || !at.Equal(newest) {
		t.Errorf("the newest fact is of %s, %v; want %s", at, err, newest)
	}
}
