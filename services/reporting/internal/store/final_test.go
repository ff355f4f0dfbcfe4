package store_test

import (
	"testing"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

func tryInsert(t *testing.T, s *store.Store, snapshot app.Snapshot) error {
	t.Helper()
	ctx := testkit.Context(t)
	return s.WithMonth(ctx, snapshot.Month, func(tx app.MonthTx) error {
		_, err := tx.Insert(ctx, snapshot)
		return err
	})
}

func insert(t *testing.T, s *store.Store, snapshot app.Snapshot) {
	t.Helper()
	if err := tryInsert(t, s, snapshot); err != nil {
		t.Fatal(err)
	}
}

// DOMAIN §4: a closed month never changes, whoever has the database's password.
func TestNoStatementChangesASnapshot(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	closed := closeJuly(t, closing(s, threeChildren(t, s)))
	for _, statement := range []string{
		"UPDATE snapshots SET digest = 'x'",
		"UPDATE snapshots SET state = 'INTERIM' WHERE month = '2019-07'",
		"DELETE FROM snapshots",
		"TRUNCATE snapshots CASCADE",
		"UPDATE snapshot_rows SET total = total + 1, pending = pending + 1",
		"UPDATE snapshot_rows SET region_name = 'x' WHERE position = 1",
		"DELETE FROM snapshot_rows WHERE region_code = '330106'",
		"TRUNCATE snapshot_rows",
		// By these its lists are read.
		"UPDATE entry_ordinals SET entry_id = gen_random_uuid() WHERE ordinal = 1",
		"DELETE FROM entry_ordinals",
		"TRUNCATE entry_ordinals",
		// And by these the next is counted.
		"UPDATE county_ordinals SET county_code = '330199' WHERE county_code = '330106'",
		"DELETE FROM county_ordinals",
		"TRUNCATE county_ordinals",
		"UPDATE entry_kinds SET code = 'B9'",
		"DELETE FROM entry_kinds",
		"TRUNCATE entry_kinds",
		"INSERT INTO snapshot_rows SELECT number, 1000, 'x', region_name, region_level, parent_code, source, total, pending, unconfirmed, " +
			"by_code, a_total, b_total, added, changed, ever_a, returned, rank, closed, given_back, duty_open, overdue, late FROM snapshot_rows WHERE position = 1",
		"INSERT INTO snapshots (month, state, cutoff, digest, stream_sequence, author) OVERRIDING SYSTEM VALUE " +
			"SELECT month, state, cutoff, 'x', 0, 'x' FROM snapshots ON CONFLICT (month) WHERE state = 'CLOSED' DO UPDATE SET digest = 'x'",
	} {
		if _, err := pool.Exec(ctx, statement); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	read, err := s.Snapshot(ctx, july)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "after all that", closed, read)
}

func TestAMonthIsClosedOnce(t *testing.T) {
	s, pool := open(t)
	first := app.Snapshot{Month: july, State: domain.Closed, Cutoff: july.End(), Digest: "first"}
	insert(t, s, first)
	if err := tryInsert(t, s, first); !pg.IsUniqueViolation(err, "snapshots_closed") {
		t.Errorf("got %v", err)
	}
	if n := stored(t, pool); n != 1 {
		t.Errorf("%d snapshots", n)
	}
}

// The tables refuse figures that cannot be, even if the code that made them is
// wrong, and nothing of their snapshot stays.
func TestImpossibleFiguresAreNotStored(t *testing.T) {
	s, pool := open(t)
	good := domain.Row{
		Region: domain.Province, Source: domain.AllSources, Total: 10, Pending: 1, Unconfirmed: 2, A: 3, B: 4,
		ByCode: map[string]int64{"A1": 3, "B2": 4}, Added: 1, Changed: 1, EverA: 4, Returned: 2, Rank: 1,
	}
	for name, change := range map[string]func(*domain.Row){
		"an A is counted as a B":        func(r *domain.Row) { r.ByCode = map[string]int64{"A1": 2, "B2": 5} },
		"a code is not counted":         func(r *domain.Row) { r.ByCode = map[string]int64{"B2": 4} },
		"the total is one more":         func(r *domain.Row) { r.Total++ },
		"pending is one less":           func(r *domain.Row) { r.Pending-- },
		"99 is one more":                func(r *domain.Row) { r.Unconfirmed++ },
		"A is one less":                 func(r *domain.Row) { r.A-- },
		"B is one more":                 func(r *domain.Row) { r.B++ },
		"a negative number that adds":   func(r *domain.Row) { r.Pending, r.Unconfirmed = -1, 4 },
		"added is negative":             func(r *domain.Row) { r.Added = -1 },
		"changed is negative":           func(r *domain.Row) { r.Changed = -1 },
		"returned is negative":          func(r *domain.Row) { r.Returned = -1 },
		"more returned than ever had A": func(r *domain.Row) { r.Returned = 5 },
		"more had A than there are":     func(r *domain.Row) { r.EverA = 11 },
		"more closed than B":            func(r *domain.Row) { r.Closed = 5 },
		"more late than pending":        func(r *domain.Row) { r.Late = 2 },
		"more overdue than there are":   func(r *domain.Row) { r.Overdue = 11 },
		"given back is negative":        func(r *domain.Row) { r.GivenBack = -1 },
		"an unknown source":             func(r *domain.Row) { r.Source = 4 },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			bad.Region.Code = "330100"
			change(&bad)
			err := tryInsert(t, s, app.Snapshot{Month: july, State: domain.Closed, Cutoff: july.End(), Rows: []domain.Row{good, bad}})
			if !pg.IsCheckViolation(err, "") {
				t.Errorf("got %v", err)
			}
			if n := stored(t, pool); n != 0 {
				t.Errorf("%d snapshots stay", n)
			}
		})
	}
	err := tryInsert(t, s, app.Snapshot{Month: july, State: domain.Closed, Cutoff: july.End(), Rows: []domain.Row{good, good}})
	if pg.Code(err) != "23505" {
		t.Errorf("two rows of one region and source: %v", err)
	}
	if err := tryInsert(t, s, app.Snapshot{Month: july, State: "OPEN", Cutoff: july.End()}); !pg.IsCheckViolation(err, "") {
		t.Errorf("an unknown state: %v", err)
	}
	insert(t, s, app.Snapshot{Month: july, State: domain.Closed, Cutoff: july.End(), Rows: []domain.Row{good}})
}
