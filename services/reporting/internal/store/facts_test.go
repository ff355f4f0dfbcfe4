package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// batches cuts what is delivered into transactions.
func batches(t *rapid.T, delivered []fact) [][]fact {
	var all [][]fact
	for len(delivered) > 0 {
		n := rapid.IntRange(1, len(delivered)).Draw(t, "batch")
		all, delivered = append(all, delivered[:n]), delivered[n:]
	}
	return all
}

// empty forgets all facts.
func empty(t rapid.TB, pool *pgxpool.Pool) {
	t.Helper()
	const forget = "TRUNCATE entry_routings, entry_outcomes, entry_works, entry_states, live_counties"
	if _, err := pool.Exec(context.Background(), forget); err != nil {
		t.Fatal(err)
	}
}

func split(facts []fact) app.Facts {
	var all app.Facts
	for _, f := range facts {
		switch {
		case f.Routing != nil:
			all.Routings = append(all.Routings, *f.Routing)
		case f.Outcome != nil:
			all.Outcomes = append(all.Outcomes, *f.Outcome)
		default:
			all.Works = append(all.Works, *f.Work)
		}
	}
	return all
}

// DOMAIN §4: the figures equal the ledger's own truth as of the cut-off, whatever
// was duplicated, reordered, late or replayed, and whoever died over it.
func TestFiguresAreThoseOfTheHistoryHoweverItIsDelivered(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	rapid.Check(t, func(t *rapid.T) {
		empty(t, pool)
		var facts []fact
		for entry := range rapid.IntRange(1, 6).Draw(t, "entries") {
			facts = append(facts, history(t, entry)...)
		}
		delivered := facts
		if len(facts) > 0 {
			delivered = append(delivered, rapid.SliceOf(rapid.SampledFrom(facts)).Draw(t, "again")...)
		}
		live, now := app.NewLive(s, hangzhou{}), july.End().Add(-36*time.Hour)
		for _, batch := range batches(t, rapid.Permutation(delivered).Draw(t, "delivered")) {
			if rapid.IntRange(0, 3).Draw(t, "crash") == 0 {
				// Whoever applies it dies on the way, and nobody knows how far it came.
				life, end := context.WithTimeout(ctx, time.Duration(rapid.IntRange(0, 4000).Draw(t, "microseconds"))*time.Microsecond)
				_ = s.Apply(life, split(batch))
				end()
			}
			if err := s.Apply(ctx, split(batch)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := live.Table(ctx, now); err != nil {
				t.Fatal(err)
			}
		}
		cutoff := rapid.SampledFrom(append(instants(), july.End())).Draw(t, "cut-off")
		got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), cutoff))
		if err != nil {
			t.Fatal(err)
		}
		want := count(facts, july.Start(), cutoff)
		if diff := cmp.Diff(want, sorted(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("as of %s, -history +figures\n%s", cutoff, diff)
		}
		newest := time.Unix(0, 0)
		for _, f := range facts {
			if f.at().After(newest) {
				newest = f.at()
			}
		}
		// What was counted batch by batch is what there is now.
		table, at, err := live.Table(ctx, now)
		if err != nil || !at.Equal(newest) {
			t.Errorf("the newest fact is of %s, %v; want %s", at, err, newest)
		}
		all, err := s.Buckets(ctx, app.AsOf{MonthStart: july.Start(), Cutoff: july.End().AddDate(1, 0, 0), At: now})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := domain.Table(all, divisionsOf(t))
		if diff := cmp.Diff(whole, table); diff != "" || err != nil {
			t.Errorf("live, -all +counted by and by: %v\n%s", err, diff)
		}
	})
}

func divisionsOf(t rapid.TB) []domain.Region {
	regions, err := hangzhou{}.AsOf(context.Background(), july.End())
	if err != nil {
		t.Fatal(err)
	}
	return regions
}

func TestTheMicrosecondBeforeTheCutoffBelongsToTheMonth(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	before := july.End().Add(-time.Microsecond)
	apply(t, s, []app.Routing{
		routed(1, 1, "330106", july.Start().Add(-time.Microsecond)), // of June
		routed(2, 1, "330106", july.Start()),
		routed(3, 1, "330106", before),
		routed(4, 1, "330106", july.End()), // of August
	}, []app.Outcome{
		found(1, 1, "A1", before), found(1, 2, "B2", july.End()),
		found(2, 1, "A1", july.Start().Add(-time.Microsecond)),
	})
	got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End()))
	if err != nil {
		t.Fatal(err)
	}
	want := []domain.Bucket{
		{County: "330106", Source: 1, Entries: 1, Traits: domain.Added | domain.Late},
		{County: "330106", Source: 1, Code: "A1", Entries: 1, Traits: domain.Changed | domain.EverA},
		{County: "330106", Source: 1, Code: "A1", Entries: 1, Traits: domain.Added | domain.EverA},
	}
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Error(diff)
	}
}

// Two processes take over from one another and for a moment both deliver, in
// opposite orders: neither fails, and each fact counts once.
func TestTwoConsumersAtOnceCountOnce(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	const entries = 200
	var group errgroup.Group
	for consumer := range 4 {
		var routings []app.Routing
		var outcomes []app.Outcome
		for n := range entries {
			entry := n
			if consumer%2 == 1 {
				entry = entries - 1 - n
			}
			routings = append(routings, routed(entry, 1, "330106", july.Start()))
			outcomes = append(outcomes, found(entry, 1, "A1", july.Start()))
		}
		group.Go(func() error { return s.Apply(ctx, app.Facts{Routings: routings, Outcomes: outcomes}) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	want := []domain.Bucket{{County: "330106", Source: 1, Code: "A1", Entries: entries, Traits: domain.Added | domain.Changed | domain.EverA}}
	got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End()))
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A fact that cannot be stored takes its whole batch with it: the batch is
// delivered again, and half of it must not be there already under another's name.
func TestABatchIsAppliedWholeOrNotAtAll(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	err := s.Apply(ctx, app.Facts{Routings: []app.Routing{routed(1, 1, "330106", july.Start())}, Outcomes: []app.Outcome{found(1, 0, "A1", july.Start())}})
	if err == nil {
		t.Error("revision 0 is stored")
	}
	if got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End())); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// An event that never came makes a close refuse and store nothing. Without its first
// routing an entry does not count at all, though a later one says where it is: when
// it was added is not known, and only so does the close notice.
func TestACloseMissesALostEvent(t *testing.T) {
	facts := []fact{
		{Routing: &app.Routing{EntryID: entryID(1), Version: 1, County: "330106", Source: 1, At: july.Start()}},
		{Routing: &app.Routing{EntryID: entryID(1), Version: 2, County: "330105", Source: 1, At: july.Start()}},
		{Outcome: &app.Outcome{EntryID: entryID(1), Revision: 1, Code: "A1", At: july.Start()}},
	}
	truth := count(facts, july.Start(), july.End())
	for lost := range facts {
		s, _ := open(t)
		ctx := testkit.Context(t)
		applyAll(t, s, split(append(append([]fact{}, facts[:lost]...), facts[lost+1:]...)))
		if _, err := closing(s, says(truth...)).Close(ctx, "2019-07", "test"); !fault.Is(err, "RECONCILIATION_FAILED") {
			t.Errorf("without event %d: %v", lost, err)
		}
		if _, err := s.Snapshot(ctx, july); !fault.Is(err, "MONTH_NOT_CLOSED") {
			t.Errorf("without event %d a snapshot is stored: %v", lost, err)
		}
	}
}

// What the ledger's counts can't show: where the child is now is right, but that it was
// ever to be persuaded has not arrived, and the month's 劝返 would be wrong for ever.
func TestACloseMissesAnEventThatALaterOneHides(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	whole := []fact{
		{Routing: &app.Routing{EntryID: entryID(1), Version: 1, County: "330106", Source: 1, At: july.Start()}},
		{Outcome: &app.Outcome{EntryID: entryID(1), Revision: 1, Code: "A1", At: july.Start()}},
		{Outcome: &app.Outcome{EntryID: entryID(1), Revision: 2, Code: "B2", At: july.Start().Add(time.Microsecond)}},
	}
	truth := says(count(whole, july.Start(), july.End())...)
	applyAll(t, s, split([]fact{whole[0], whole[2]}))
	_, err := closing(s, truth).Close(ctx, "2019-07", "test")
	if f := fault.As(err); f == nil || f.Reason != "EVENTS_BEHIND" || len(f.Violations) != 1 || f.Violations[0].Field != "history.330106" {
		t.Fatalf("closed with a hole: %v", err)
	}
	applyAll(t, s, split(whole[1:2]))
	if snapshot := closeJuly(t, closing(s, truth)); snapshot.Rows[0].EverA != 1 {
		t.Errorf("%+v", snapshot.Rows[0])
	}
}

// Where an entry was before its newest month is forgotten when a fact is changed so that there was
// nothing: else it would be counted beside what the entry is.
func TestAnEntryIsCountedOnceWhateverBecomesOfItsFacts(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	apply(t, s, []app.Routing{routed(1, 1, "330106", july.Start()), routed(1, 2, "330105", july.End())}, []app.Outcome{found(1, 1, "A1", july.Start())})
	for _, change := range []struct {
		statement, county string
	}{
		{"SELECT", "330106"},
		{"UPDATE entry_routings SET occurred_at = '2019-07-03' WHERE version = 2", "330105"},
		{"UPDATE entry_routings SET occurred_at = '2019-08-03' WHERE version = 2", "330106"},
		{"DELETE FROM entry_routings WHERE version = 2", "330106"},
	} {
		if _, err := pool.Exec(ctx, change.statement); err != nil {
			t.Fatal(err)
		}
		got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End()))
		want := []domain.Bucket{{County: change.county, Source: 1, Code: "A1", Entries: 1, Traits: domain.Added | domain.Changed | domain.EverA}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", change.statement, err, diff)
		}
	}
	if _, err := pool.Exec(ctx, "DELETE FROM entry_routings; DELETE FROM entry_outcomes"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Buckets(ctx, app.AsOfCutoff(july.Start(), july.End())); err != nil || len(got) > 0 {
		t.Errorf("without facts: %v, %v", got, err)
	}
}
