package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

func TestTheSameDistributionTwiceChangesNothing(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	rows := []app.StagedRow{child(1, "王明", "330102"), child(2, "李华", ""), child(3, "张伟", "330302")}
	if first := distribute(ctx, t, s, rows...); first.RowsCreated != 3 || first.RowsUpdated != 0 || first.RowsStored != 3 || first.RowsUnmatched != 1 {
		t.Errorf("first: %+v", first)
	}
	before := all(ctx, t, s)
	if again := distribute(ctx, t, s, rows...); again.RowsCreated != 0 || again.RowsUpdated != 0 || again.RowsStored != 3 {
		t.Errorf("again: %+v", again)
	}
	if diff := cmp.Diff(before, all(ctx, t, s), cmp.AllowUnexported(domain.Row{})); diff != "" {
		t.Errorf("-before +after\n%s", diff)
	}
}

func TestALaterDistributionDescribesAndKeepsWhatWasDone(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "王明", "330102"))
	before := all(ctx, t, s)[0]
	if err := s.ApplyOutcomes(ctx, []app.Outcome{{EntryID: before.ID, Revision: 1, Code: "A1", At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MoveEntry(ctx, domain.ProvinceScope(), before.ID, "330106", "搬迁", "省厅"); err != nil {
		t.Fatal(err)
	}
	later := child(1, "王明", "330102")
	later.HomeAddress, later.Digest = "文三路", sha256.Sum256([]byte("moved"))
	if i := distribute(ctx, t, s, later); i.RowsCreated != 0 || i.RowsUpdated != 1 {
		t.Errorf("%+v", i)
	}
	e := all(ctx, t, s)[0]
	if e.ID != before.ID || e.HomeAddress != "文三路" || e.Code != "A1" || e.Status != domain.Handled || e.CountyCode != "330106" || e.Version != 2 {
		t.Errorf("got %+v", e)
	}
	changes, err := s.ListChanges(ctx, domain.CountyScope("330106"), e.ID)
	if err != nil || len(changes) != 3 {
		t.Errorf("history %+v, %v", changes, err)
	}
}

// Rules change, and divisions do: the flags are today's although the row says the same.
func TestFlagsAreThoseOfTheNewestDistribution(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	row := child(1, "王明", "330102")
	row.Flags = []domain.Flag{domain.FlagBirthMissing}
	distribute(ctx, t, s, row)
	for _, flags := range [][]domain.Flag{{domain.FlagIDChecksum, domain.FlagBirthMissing}, nil} {
		row.Flags = flags
		if i := distribute(ctx, t, s, row); i.RowsUpdated != 1 || i.RowsCreated != 0 {
			t.Errorf("%+v", i)
		}
		if e := all(ctx, t, s)[0]; !slices.Equal(e.Flags, flags) {
			t.Errorf("%v, want %v", e.Flags, flags)
		}
	}
}

// The rows of a file are in the order of its sheets, then of their rows: a row of the
// second sheet never comes before one of the first, whatever its number.
func TestOfSeveralRowsOfOneChildTheFirstCounts(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	row := func(sheet string, number int, address string) app.StagedRow {
		r := child(1, "王明", "330102")
		r.Sheet, r.Number, r.HomeAddress, r.Digest = sheet, number, address, sha256.Sum256([]byte(address))
		// Whoever reads the file tells.
		r.Again = address != "第一"
		return r
	}
	for range 2 {
		i := distribute(ctx, t, s, row("一", 9, "第一"), row("一", 10, "第二"), row("二", 2, "第三"), row("二", 9, "第四"))
		if e := all(ctx, t, s); len(e) != 1 || e[0].HomeAddress != "第一" || i.RowsUpdated != 0 {
			t.Errorf("%+v, %+v", e, i)
		}
	}
}

func TestTheLedgerKeepsTheOrderOfTheFile(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	var rows []app.StagedRow
	for i, name := range []string{"王明", "李华", "张伟", "赵丽"} {
		row := child(i, name, "330102")
		row.Number = 9 - i
		rows = append(rows, row)
	}
	distribute(ctx, t, s, rows...)
	for i, e := range all(ctx, t, s) {
		if e.PersonName != rows[i].PersonName {
			t.Errorf("at %d: %s", i, e.PersonName)
		}
	}
}

// What is written beside the entries is committed before them: when they are not, it goes.
func TestAnImportThatFailsAtItsEndLeavesNothing(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "王明", "330102"))
	const beside = `SELECT (SELECT count(*) FROM entry_search), (SELECT count(*) FROM import_members), (SELECT count(*) FROM import_issues)`
	count := func() (counts [3]int) {
		t.Helper()
		if err := pg.InTxOptions(ctx, pool, pg.TxOptions{Local: wholeProvince}, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, beside).Scan(&counts[0], &counts[1], &counts[2])
		}); err != nil {
			t.Fatal(err)
		}
		return counts
	}
	before := count()
	created, err := s.CreateImport(ctx, "台账.xlsx", "省厅")
	if err != nil {
		t.Fatal(err)
	}
	merge := mergeOf(t, created.ID, []app.StagedRow{child(1, "王明", "330102"), child(2, "李华", ""), child(3, "张伟", "330302")})
	rows := merge.Rows
	merge.Rows = func(ctx context.Context) iter.Seq2[app.Batch, error] {
		return func(yield func(app.Batch, error) bool) {
			rows(ctx)(yield)
			if _, err := s.CancelImport(ctx, created.ID); err != nil {
				t.Error(err)
			}
		}
	}
	if err := s.Merge(ctx, merge); !errors.Is(err, app.ErrCancelled) {
		t.Fatal(err)
	}
	if left, want := count(), [3]int{before[0] + 2, before[1] + 3, before[2] + 1}; left != want {
		t.Errorf("%v are beside the entries, want %v", left, want)
	}
	if err := s.FailImport(ctx, created.ID, "IMPORT_CANCELLED", "导入已取消"); err != nil {
		t.Fatal(err)
	}
	if after := count(); after != before || len(all(ctx, t, s)) != 1 {
		t.Errorf("%v are left, want %v", after, before)
	}
	if again := distribute(ctx, t, s, child(2, "李华", "")); again.RowsCreated != 1 {
		t.Errorf("%+v", again)
	}
}

func TestAfterAFirstDistributionEntriesAreFoundByTheirKeys(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	plan := func() string {
		t.Helper()
		tx, err := conn.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(ctx) //nolint:errcheck // nothing was written
		for _, setting := range append(pg.ByKey, wholeProvince...) {
			if _, err := tx.Exec(ctx, "SELECT set_config($1, $2, true)", setting.Name, setting.Value); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := tx.Query(ctx, "EXPLAIN EXECUTE held (NULL)")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	if _, err := conn.Exec(ctx, "PREPARE held (uuid[]) AS SELECT FROM entries WHERE id = ANY ($1) FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	// The session keeps what it plans now, when there is nothing to read.
	if first := plan(); strings.Contains(first, "entries_pkey") {
		t.Fatalf("planned for a large ledger before it was one:\n%s", first)
	}
	rows := make([]app.StagedRow, 2000)
	for i := range rows {
		rows[i] = child(i+1, "王明"+strconv.Itoa(i), "330102")
	}
	distribute(ctx, t, s, rows...)
	if then := plan(); !strings.Contains(then, "entries_pkey") {
		t.Errorf("entries are not found by their keys:\n%s", then)
	}
}
