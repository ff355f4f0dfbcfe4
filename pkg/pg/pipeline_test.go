package pg_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func TestAPipelineSendsWhatWaitsInItsOrder(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, "CREATE TABLE piped (n int PRIMARY KEY)")
	err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		p := pg.NewPipeline(tx)
		for _, statement := range []string{"INSERT INTO piped VALUES (1)", "INSERT INTO piped VALUES (2)"} {
			if _, err := p.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return p.Flush(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		p := pg.NewPipeline(tx)
		for _, n := range []int{3, 2, 4} {
			if _, err := p.Exec(ctx, "INSERT INTO piped VALUES ($1)", n); err != nil {
				return err
			}
		}
		return p.Flush(ctx)
	})
	if !pg.IsUniqueViolation(err, "piped_pkey") {
		t.Errorf("the second of three failed: %v", err)
	}
	var n int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM piped").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestTheSettingsOfOneQueryHoldForItAlone(t *testing.T) {
	ctx, pool := testkit.Context(t), open(t, testkit.Database(t, "empty", nil), pg.Options{MaxConns: 1})
	const asked = "SELECT coalesce(current_setting('baoxue.one', true), '') || coalesce(current_setting('baoxue.two', true), '')"
	read := func(q interface {
		Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	},
	) string {
		t.Helper()
		rows, err := q.Query(ctx, asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	// Each on the one connection; twice, because the first time its statements are made.
	for range 2 {
		if got := read(pg.OneQuery{Pool: pool, Local: []pg.Setting{{Name: "baoxue.one", Value: "a'b"}, {Name: "baoxue.two", Value: "c"}}}); got != "a'bc" {
			t.Errorf("within: %q", got)
		}
		if got := read(pool); got != "" {
			t.Errorf("afterwards: %q", got)
		}
	}
	var n int
	if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, "SELECT 7").Scan(&n); err != nil || n != 7 {
		t.Errorf("one row: %d, %v", n, err)
	}
	if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, "SELECT 7 WHERE false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
	for _, bad := range []string{"SELECT 1/0", "SELECT no"} {
		if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, bad).Scan(&n); err == nil || errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("%s as one row: %v", bad, err)
		}
		rows, err := pg.OneQuery{Pool: pool}.Query(ctx, bad)
		if err == nil {
			_, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		}
		if err == nil {
			t.Errorf("%s has no error", bad)
		}
	}
	// The connection came back each time.
	if got := read(pool); got != "" {
		t.Errorf("afterwards: %q", got)
	}
}
