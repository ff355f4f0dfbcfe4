package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store"
)

// readOn reads changes from a place until there are no more for now.
func readOn(ctx context.Context, t test, s *store.Store, scope domain.Scope, from app.FeedPlace, size int) (changes []app.FeedChange, next app.FeedPlace) {
	t.Helper()
	for {
		page, err := s.ListFeed(ctx, scope, from, size)
		if err != nil {
			t.Fatal(err)
		}
		changes, from = append(changes, page.Changes...), page.Next
		if !page.More {
			return changes, from
		}
	}
}

// Whatever was under way when a cursor was given is told later, and nothing twice.
func TestNoChangeIsLeftOutOrToldTwice(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	rapid.Check(t, func(t *rapid.T) {
		exec(ctx, t, pool, forgetAll)
		size := rapid.IntRange(1, 3).Draw(t, "page size")
		var told []app.FeedChange
		var at app.FeedPlace
		read := func() {
			more, next := readOn(ctx, t, s, domain.ProvinceScope(), at, size)
			told, at = append(told, more...), next
		}
		distribute(ctx, t, s, child(0, "王明", "330102"), child(1, "李华", "330106"))
		entries := all(ctx, t, s)
		// Somebody moves the first child, and takes the time.
		slow, err := pool.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Rollback(ctx) //nolint:errcheck // committed below
		if _, err := slow.Exec(ctx, "SET LOCAL baoxue.scope_from = ''; SET LOCAL baoxue.scope_to = '999999'"); err != nil {
			t.Fatal(err)
		}
		if _, err := slow.Exec(ctx, "UPDATE entries SET county_code = '330302', routing_version = 2 WHERE id = $1", entries[0].ID); err != nil {
			t.Fatal(err)
		}
		read()
		revisions := rapid.IntRange(1, 4).Draw(t, "outcomes")
		for revision := range revisions {
			if err := s.ApplyOutcomes(ctx, []app.Outcome{{EntryID: entries[1].ID, Revision: int64(revision + 1), Code: "A1", At: time.Now()}}); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "read") {
				read()
			}
		}
		if err := slow.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		read()
		kinds := map[app.FeedKind]int{}
		for _, c := range told {
			kinds[c.Kind]++
		}
		if kinds[app.FeedCreated] != 2 || kinds[app.FeedRouted] != 1 || kinds[app.FeedOutcome] != revisions || len(told) != 3+revisions {
			t.Fatalf("told %+v, made two entries, one move and %d outcomes", told, revisions)
		}
		if again, _ := readOn(ctx, t, s, domain.ProvinceScope(), at, size); len(again) != 0 {
			t.Fatalf("told again: %+v", again)
		}
	})
}

func TestAnAccountIsToldOfItsRegionAlone(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	rows := []app.StagedRow{child(0, "王明", "330102"), child(1, "李华", "330302")}
	distribute(ctx, t, s, rows...)
	entries := all(ctx, t, s)
	if _, err := s.MoveEntry(ctx, domain.ProvinceScope(), entries[0].ID, "330302", "随父母迁居", "省厅"); err != nil {
		t.Fatal(err)
	}
	changes, _ := readOn(ctx, t, s, domain.CountyScope("330102"), app.FeedPlace{}, 10)
	var kinds []app.FeedKind
	for _, c := range changes {
		if c.EntryID != entries[0].ID {
			t.Errorf("told of another county's %+v", c)
		}
		kinds = append(kinds, c.Kind)
	}
	if !slices.Equal(kinds, []app.FeedKind{app.FeedCreated, app.FeedLeft}) || changes[1].County != "" {
		t.Errorf("%+v", changes)
	}
	numbers := []string{rows[0].IDNumber, "330106200001010000", rows[1].IDNumber}
	for name, c := range map[string]struct {
		scope domain.Scope
		want  []int
	}{
		"the province": {domain.ProvinceScope(), []int{1, 0, 1}},
		"its county":   {domain.CountyScope("330302"), []int{1, 0, 1}},
		"another":      {domain.CountyScope("330102"), []int{0, 0, 0}},
		"nobody":       {domain.Scope{}, []int{0, 0, 0}},
	} {
		checks, err := s.CheckNumbers(ctx, c.scope, numbers)
		if err != nil {
			t.Fatal(err)
		}
		for i, found := range checks {
			if len(found) != c.want[i] {
				t.Errorf("%s: number %d is told to be in %v", name, i, found)
			}
		}
	}
	// A cursor of a database that is no more.
	if _, err := s.ListFeed(ctx, domain.ProvinceScope(), app.FeedPlace{Tx: 1 << 50}, 10); !fault.Is(err, "CURSOR_INVALID") {
		t.Errorf("a cursor from the future: %v", err)
	}
}

func TestAnAccountAsksSoMuchInAMinute(t *testing.T) {
	a := app.NewAllowances(10)
	if _, ok := a.Take("service:x", 6); !ok {
		t.Fatal("six of ten are refused")
	}
	if wait, ok := a.Take("service:x", 6); ok || wait <= 0 || wait > 12*time.Second {
		t.Errorf("twelve of ten: %v, to wait %s", ok, wait)
	}
	if _, ok := a.Take("service:x", 4); !ok {
		t.Error("what was refused was counted")
	}
	if _, ok := a.Take("service:y", 10); !ok {
		t.Error("another account is refused")
	}
	if _, ok := a.Take("service:y", 11); ok {
		t.Error("more than a minute's at once")
	}
}
