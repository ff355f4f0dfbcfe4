package ledger_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// endless is a ledger that has another row for as long as anybody reads, and tells how
// far it was read.
type endless struct {
	row  int
	read func(row int)
}

func (e *endless) Next() (sheet string, row int, cells []string, err error) {
	if e.row++; e.row == 1 {
		return "台账", 1, []string{"姓名", "证件号码"}, nil
	}
	e.read(e.row)
	if e.row > 100_000 {
		return "", 0, nil, io.ErrUnexpectedEOF
	}
	return "台账", e.row, []string{fmt.Sprint("学生", e.row), ""}, nil
}

func (*endless) Close() error { return nil }

func TestACancelledImportStoresNothing(t *testing.T) {
	pool, err := pg.Open(testkit.Context(t), testkit.Database(t, "ledger", ledger.Migrate), pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	days, err := calendar.Load("")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan string, 1)
	var imports *app.Imports
	imports = &app.Imports{
		Store: storeOf(t, pool), Regions: divisions{}, Deadlines: app.Deadlines{Calendar: days, Days: 10}, Log: slog.New(slog.DiscardHandler),
		Open: func(string) (app.Sheets, error) {
			return &endless{read: func(row int) {
				if row != 9000 {
					return
				}
				if i, err := imports.Cancel(testkit.Context(t), <-started); err != nil || i.State != "RUNNING" {
					t.Errorf("%+v, %v", i, err)
				}
			}}, nil
		},
	}
	ctx := testkit.Context(t)
	i, err := imports.Start(ctx, ctx, app.Caller{Actor: "x", Scope: domain.ProvinceScope()}, "x.xlsx", "", func() {})
	if err != nil {
		t.Fatal(err)
	}
	started <- i.ID
	imports.Wait()
	ended, err := imports.Get(ctx, i.ID)
	if err != nil || ended.State != "CANCELLED" || ended.ErrorReason != "IMPORT_CANCELLED" || ended.EndedAt == nil || ended.RowsRead < 8000 || ended.RowsRead > 50_000 {
		t.Errorf("%+v, %v", ended, err)
	}
	var left int
	const leavings = `SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM entry_search) + (SELECT count(*) FROM import_members)
		+ (SELECT count(*) FROM import_issues) + (SELECT count(*) FROM import_files) + (SELECT count(*) FROM outbox)`
	everywhere := pg.TxOptions{Local: []pg.Setting{{Name: "baoxue.scope_from", Value: ""}, {Name: "baoxue.scope_to", Value: "999999"}}}
	if err := pg.InTxOptions(ctx, pool, everywhere, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, leavings).Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("%d rows stay, %v", left, err)
	}
	if _, err := imports.Cancel(ctx, i.ID); !fault.Is(err, "IMPORT_ENDED") {
		t.Errorf("cancelled twice: %v", err)
	}
	if _, err := imports.Cancel(ctx, "00000000-0000-0000-0000-000000000000"); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("one that never was: %v", err)
	}
}
