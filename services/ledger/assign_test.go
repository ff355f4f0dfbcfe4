package ledger_test

import (
	"testing"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store"
)

// What can't be assigned is said of itself alone.
func TestEachEntryIsAssignedForItself(t *testing.T) {
	pool, ids := seeded(t)
	ctx := testkit.Context(t)
	assign := app.Assign{
		Store:   storeOf(t, pool),
		Regions: divisions{leads: map[string]app.Resolution{"330103": {Reason: "SUCCEEDED", County: "330105"}}},
	}
	caller := app.Caller{ID: "u1", Actor: "省厅", Scope: domain.ProvinceScope()}
	for _, c := range []struct {
		to     app.Assignment
		reason string
	}{
		{app.Assignment{EntryID: ids["330102"], County: "330106"}, ""},
		{app.Assignment{EntryID: ids["330302"], County: "330103"}, "COUNTY_UNKNOWN"},
		{app.Assignment{EntryID: ids["330106"], County: "330106"}, "ENTRY_ALREADY_THERE"},
		{app.Assignment{EntryID: "00000000-0000-7000-8000-000000000000", County: "330106"}, "NOT_FOUND"},
		{app.Assignment{EntryID: "x", County: "330106"}, "NOT_FOUND"},
		{app.Assignment{EntryID: ids[""], County: "330106"}, ""},
		{app.Assignment{EntryID: ids["330106"], County: ""}, ""},
	} {
		// Between two that can be assigned, which it does not hinder.
		done, err := assign.All(ctx, caller, []app.Assignment{
			{EntryID: ids["330302"], County: "330106"}, c.to, {EntryID: ids["330302"], County: "330302"},
		}, "随父母迁居")
		if err != nil || len(done) != 3 || done[0].Failure != nil || done[2].Failure != nil || done[2].Entry.CountyCode != "330302" {
			t.Fatalf("%+v: %+v, %v", c.to, done, err)
		}
		switch got := done[1]; {
		case c.reason == "" && (got.Failure != nil || got.Entry.CountyCode != c.to.County):
			t.Errorf("%+v: %+v", c.to, got)
		case c.reason != "" && (got.Failure == nil || got.Failure.Reason != c.reason):
			t.Errorf("%+v: %+v, want %s", c.to, got, c.reason)
		}
	}
	// Each stands in its history, with the reason.
	changes, err := assign.Store.(*store.Store).ListChanges(ctx, domain.ProvinceScope(), ids["330102"])
	if err != nil || len(changes) == 0 {
		t.Fatal(changes, err)
	}
	if last := changes[len(changes)-1]; last.CountyCode != "330106" || last.Reason != "随父母迁居" || last.Actor != "省厅" {
		t.Errorf("%+v", changes)
	}
}
