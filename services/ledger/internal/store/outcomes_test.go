package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store"
)

var statusOf = map[string]domain.Status{"": domain.Pending, "99": domain.Unconfirmed, "A1": domain.Handled, "B2": domain.Handled, "B10": domain.Handled}

// later is a time after every routing of a test.
func later(hours int) time.Time {
	return time.Now().Add(time.Hour).Truncate(time.Hour).Add(time.Duration(hours) * time.Hour)
}

// outcomesOf is a drawn history of each entry: revision by revision, later and later.
func outcomesOf(t *rapid.T, entries []domain.Entry) (histories map[string][]app.Outcome, facts []app.Outcome) {
	histories = map[string][]app.Outcome{}
	for _, e := range entries {
		hour := 0
		for i := range rapid.IntRange(0, 5).Draw(t, "revisions") {
			hour += rapid.IntRange(1, 3).Draw(t, "hours")
			o := app.Outcome{EntryID: e.ID, Revision: int64(i + 1), Code: rapid.SampledFrom(someCodes[1:]).Draw(t, "code"), At: later(hour)}
			histories[e.ID] = append(histories[e.ID], o)
			facts = append(facts, o)
		}
	}
	return histories, facts
}

// deliver applies the facts as a bus may: repeated, in any order, in batches of any
// size. The projection never goes back on the way.
func deliver(ctx context.Context, t *rapid.T, s *store.Store, facts []app.Outcome) {
	delivered := facts
	if len(facts) > 0 {
		delivered = rapid.Permutation(append(rapid.SliceOfN(rapid.SampledFrom(facts), 0, 8).Draw(t, "again"), facts...)).Draw(t, "delivered")
	}
	reached := map[string]int64{}
	for len(delivered) > 0 {
		n := rapid.IntRange(1, len(delivered)).Draw(t, "batch")
		if err := s.ApplyOutcomes(ctx, delivered[:n]); err != nil {
			t.Fatal(err)
		}
		delivered = delivered[n:]
		for _, e := range all(ctx, t, s) {
			if e.Revision < reached[e.ID] || e.Status != statusOf[e.Code] {
				t.Fatalf("from revision %d to %d, %s with status %d", reached[e.ID], e.Revision, e.Code, e.Status)
			}
			reached[e.ID] = e.Revision
		}
	}
}

// The month-end counts from the history, the lists show the projection: both have to be
// right however the outcomes come, and at every step on the way.
func TestTheHistoryAndTheFiguresOfACutOffAreAlikeHoweverOutcomesCome(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	for i, county := range counties {
		distribute(ctx, t, s, child(i, "王明", county))
	}
	entries := all(ctx, t, s)
	rapid.Check(t, func(t *rapid.T) {
		exec(ctx, t, pool, "DELETE FROM entry_outcomes", "UPDATE entries SET status = 1, code = '', revision = 0")
		histories, facts := outcomesOf(t, entries)
		deliver(ctx, t, s, facts)
		for _, e := range all(ctx, t, s) {
			history := histories[e.ID]
			newest := app.Outcome{}
			if len(history) > 0 {
				newest = history[len(history)-1]
			}
			if e.Revision != newest.Revision || e.Code != newest.Code || e.Status != statusOf[newest.Code] {
				t.Fatalf("%s at revision %d, want %+v", e.Code, e.Revision, newest)
			}
			changes, err := s.ListChanges(ctx, domain.ProvinceScope(), e.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(changes) == 0 || changes[0].Version != 1 {
				t.Fatalf("the registration is missing: %v", changes)
			}
			var want []domain.Change
			for _, o := range history {
				want = append(want, domain.Change{Revision: o.Revision, Code: o.Code, At: o.At})
			}
			if diff := cmp.Diff(want, changes[1:], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("history: -want +got\n%s", diff)
			}
		}
		// What comes once more changes nothing, not even the time of the last change.
		before := all(ctx, t, s)
		if err := s.ApplyOutcomes(ctx, facts); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, all(ctx, t, s), cmp.AllowUnexported(domain.Row{})); diff != "" {
			t.Fatalf("a repetition: -before +after\n%s", diff)
		}
		cutoff := later(rapid.IntRange(0, 16).Draw(t, "cut-off"))
		got, err := s.CountAsOf(ctx, cutoff)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(asOf(entries, histories, cutoff), got, cmpopts.SortSlices(func(a, b app.OutcomeCount) bool { return a.County < b.County })); diff != "" {
			t.Fatalf("as of %s: -want +got\n%s", cutoff, diff)
		}
	})
}

// asOf counts from the drawn histories; each entry is of another county.
func asOf(entries []domain.Entry, histories map[string][]app.Outcome, cutoff time.Time) (counts []app.OutcomeCount) {
	for _, e := range entries {
		c := app.OutcomeCount{County: e.CountyCode, Source: e.Source, Entries: 1}
		for _, o := range histories[e.ID] {
			if o.At.Before(cutoff) {
				c.Code = o.Code
			}
		}
		counts = append(counts, c)
	}
	return counts
}

// The inline update and the event of one save meet, and those of other saves.
func TestOutcomesAppliedAtOnceEndAlike(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "王明", "330106"), child(2, "李华", "330102"))
	entries := all(ctx, t, s)
	var group errgroup.Group
	const revisions = 12
	for revision := 1; revision <= revisions; revision++ {
		code := someCodes[1+revision%4]
		for range 2 {
			group.Go(func() error {
				var batch []app.Outcome
				for i := range entries {
					// In turns from either end, so that careless locks would meet in a circle.
					e := entries[(i+revision)%len(entries)]
					batch = append(batch, app.Outcome{EntryID: e.ID, Revision: int64(revision), Code: code, At: later(revision)})
				}
				return s.ApplyOutcomes(ctx, batch)
			})
		}
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, e := range all(ctx, t, s) {
		if want := someCodes[1+revisions%4]; e.Revision != revisions || e.Code != want {
			t.Errorf("revision %d, %s", e.Revision, e.Code)
		}
		changes, err := s.ListChanges(ctx, domain.ProvinceScope(), e.ID)
		if err != nil || len(changes) != 1+revisions {
			t.Errorf("%d changes, %v", len(changes), err)
		}
	}
}

// While an import changes an entry, telling of it at once is not worth waiting for: nobody's save hangs on
// it, and the event waits.
func TestWhatIsAnticipatedDoesNotWaitForAnImport(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "王明", "330106"))
	entry := all(ctx, t, s)[0]
	holder, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(ctx, "SET LOCAL baoxue.scope_from = ''; SET LOCAL baoxue.scope_to = '999999'"); err != nil {
		t.Fatal(err)
	}
	if held, err := holder.Exec(ctx, "SELECT FROM entries WHERE id = $1 FOR UPDATE", entry.ID); err != nil || held.RowsAffected() != 1 {
		t.Fatal(held, err)
	}
	outcomes := []app.Outcome{{EntryID: entry.ID, Revision: 1, Code: "A1", At: later(1)}}
	if err := s.AnticipateOutcomes(ctx, outcomes, nil, nil); !fault.Is(err, "UNAVAILABLE") {
		t.Errorf("%v", err)
	}
	repaired := make(chan error, 1)
	go func() { repaired <- s.ApplyOutcomes(ctx, outcomes) }()
	for waits := false; !waits; {
		const look = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) FROM pg_sleep(0.005)"
		if err := pool.QueryRow(ctx, look).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := holder.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-repaired; err != nil {
		t.Fatal(err)
	}
	if e := all(ctx, t, s)[0]; e.Revision != 1 || e.Code != "A1" {
		t.Errorf("revision %d, %s", e.Revision, e.Code)
	}
}
