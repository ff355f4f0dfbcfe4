package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
)

// projected is what the columns of an entry say.
func projected(t testing.TB, pool *pgxpool.Pool, entry string) (w app.Work) {
	t.Helper()
	ctx := testkit.Context(t)
	options := pg.TxOptions{Local: []pg.Setting{{Name: "baoxue.scope_from"}, {Name: "baoxue.scope_to", Value: "999999"}}}
	if err := pg.InTxOptions(ctx, pool, options, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT id::text, work_version, returned, duty, closed, coalesce(due_on::text, ''), due_kind, legal_step
			FROM entries WHERE id = $1`, entry).Scan(&w.EntryID, &w.Version, &w.Returned, &w.Duty, &w.Closed, &w.DueOn, &w.DueKind, &w.LegalStep)
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

// However the states are grouped, repeated and reordered, the projection ends at the
// newest.
func TestWorksAreProjectedForwards(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "甲", "330106"), child(2, "乙", "330302"))
	entries := all(ctx, t, s)
	version := int64(0)
	rapid.Check(t, func(r *rapid.T) {
		newest := map[string]app.Work{}
		var facts []app.Work
		for _, e := range entries {
			for range rapid.IntRange(1, 4).Draw(r, "changes") {
				version++
				w := app.Work{
					EntryID: e.ID, Version: version, Returned: rapid.Bool().Draw(r, "returned"),
					Duty:   rapid.SampledFrom([]string{"NONE", "CREATE_RECORD", "CHANGE_STATUS", "DONE"}).Draw(r, "duty"),
					Closed: rapid.Bool().Draw(r, "closed"), DueOn: rapid.SampledFrom([]string{"", "2026-12-07"}).Draw(r, "due"),
					LegalStep: rapid.SampledFrom([]string{"", "宣传教育", "责令改正"}).Draw(r, "legal step"),
				}
				if w.DueOn != "" {
					w.DueKind = "DUTY"
				}
				newest[e.ID] = w
				facts = append(facts, w)
			}
		}
		delivered := rapid.Permutation(append(facts, facts...)).Draw(r, "deliveries")
		for len(delivered) > 0 {
			n := rapid.IntRange(1, len(delivered)).Draw(r, "batch")
			if err := s.ApplyWorks(ctx, delivered[:n]); err != nil {
				r.Fatal(err)
			}
			delivered = delivered[n:]
		}
		for id, want := range newest {
			if got := projected(t, pool, id); got != want {
				r.Fatalf("got %+v, want %+v", got, want)
			}
		}
	})
}

func TestPendingEntriesAreDueTenWorkingDaysAfterTheirRouting(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "甲", "330106"), child(2, "乙", "330302"))
	entries := all(ctx, t, s)
	days, err := calendar.Load("")
	if err != nil {
		t.Fatal(err)
	}
	deadlines := app.Deadlines{Store: s, Calendar: days, Days: 10}
	now := time.Now().In(time.FixedZone("Asia/Shanghai", 8*60*60))
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	found := app.Work{EntryID: entries[1].ID, Version: 1, Duty: "NONE", DueOn: "2030-01-02", DueKind: "PERSUASION"}
	if err := s.ApplyWorks(ctx, []app.Work{found}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := deadlines.Do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	want := app.Work{EntryID: entries[0].ID, Duty: "NONE", DueKind: "PENDING", DueOn: days.After(today, 10).Format(time.DateOnly)}
	if got := projected(t, pool, entries[0].ID); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := projected(t, pool, entries[1].ID); got != found {
		t.Errorf("a state of verification's was overwritten: %+v", got)
	}
}
