package pg_test

import (
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
