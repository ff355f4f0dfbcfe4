package pg_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

// rendezvous lets two goroutines go on only when both have come, once.
type rendezvous struct {
	both sync.WaitGroup
}

func newRendezvous() *rendezvous {
	r := &rendezvous{}
	r.both.Add(2)
	return r
}

func (r *rendezvous) meet() {
	r.both.Done()
	r.both.Wait()
}

// numbers returns what is in the table, in order.
func numbers(t *testing.T, pool *pgxpool.Pool) []int {
	t.Helper()
	rows, err := pool.Query(testkit.Context(t), "SELECT n FROM numbers ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestConflictingSerializableTransactions has two transactions read the same state and then both
// write on the strength of it. PostgreSQL refuses one, which must then see the other's row.
func TestConflictingSerializableTransactions(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (n int)")
	meeting := newRendezvous()
	var tries atomic.Int32
	results := make([]int, 2)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			first := true
			var err error
			results[i], err = pg.InTxValueOptions(ctx, pool, pg.TxOptions{Isolation: pgx.Serializable}, func(tx pgx.Tx) (int, error) {
				tries.Add(1)
				var n int
				err := tx.QueryRow(ctx, "SELECT count(*) + 1 FROM numbers").Scan(&n)
				if first {
					first = false
					meeting.meet()
				}
				if err != nil {
					return 0, err
				}
				_, err = tx.Exec(ctx, "INSERT INTO numbers VALUES ($1)", n)
				return n, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	slices.Sort(results)
	if diff := cmp.Diff([]int{1, 2}, results); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2}, numbers(t, pool)); diff != "" {
		t.Error(diff)
	}
	if tries.Load() < 3 {
		t.Errorf("%d tries: the transactions did not conflict", tries.Load())
	}
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (id int PRIMARY KEY, n int)", "INSERT INTO numbers VALUES (0, 0), (1, 0)")
	meeting := newRendezvous()
	var tries atomic.Int32
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() {
			first := true
			err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
				tries.Add(1)
				_, err := tx.Exec(ctx, "UPDATE numbers SET n = n + 1 WHERE id = $1", i)
				if first {
					first = false
					meeting.meet()
				}
				if err != nil {
					return err
				}
				_, err = tx.Exec(ctx, "UPDATE numbers SET n = n + 1 WHERE id = $1", 1-i)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff([]int{2, 2}, numbers(t, pool)); diff != "" || tries.Load() < 3 {
		t.Errorf("%d tries, %s", tries.Load(), diff)
	}
}

func TestInTxGivesUp(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t)
	conflict := &pgconn.PgError{Code: pg.CodeSerializationFailure}
	tries := 0
	err := pg.InTxOptions(ctx, pool, pg.TxOptions{MaxAttempts: 3}, func(pgx.Tx) error {
		tries++
		return conflict
	})
	if tries != 3 || !errors.Is(err, conflict) {
		t.Errorf("%d tries, %v", tries, err)
	}

	ending, cancel := context.WithCancel(ctx)
	err = pg.InTx(ending, pool, func(pgx.Tx) error {
		cancel()
		return conflict
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, conflict) {
		t.Errorf("after the context's end: %v", err)
	}
}

func TestInTxReturnsOtherErrorsAsTheyAreAndRollsBack(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (n int)")
	refusal := errors.New("refused")
	tries := 0
	value, err := pg.InTxValue(ctx, pool, func(tx pgx.Tx) (int, error) {
		tries++
		if _, err := tx.Exec(ctx, "INSERT INTO numbers VALUES (1)"); err != nil {
			return 0, err
		}
		return 7, refusal
	})
	if err != refusal || tries != 1 || value != 0 { //nolint:errorlint // the very error is promised
		t.Errorf("%d tries, value %d, %v", tries, value, err)
	}
	if got := numbers(t, pool); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
}

func TestInTxRollsBackOnPanic(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (n int)")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = pg.InTx(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO numbers VALUES (1)"); err != nil {
				return err
			}
			panic("bug")
		})
	}()
	if got := numbers(t, pool); len(got) != 0 || pool.Stat().AcquiredConns() != 0 {
		t.Errorf("stored %v, %d connections held", got, pool.Stat().AcquiredConns())
	}
}

func TestInTxKeepsTheConnectionWhenTheContextEnds(t *testing.T) {
	pool := database(t, "CREATE TABLE numbers (n int)")
	before := pool.Stat().NewConnsCount()
	ctx, cancel := context.WithCancel(testkit.Context(t))
	err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO numbers VALUES (1)")
		cancel()
		return errors.Join(err, ctx.Err())
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := numbers(t, pool); len(got) != 0 || pool.Stat().NewConnsCount() != before {
		t.Errorf("stored %v, %d new connections", got, pool.Stat().NewConnsCount()-before)
	}
}

func TestFailureAtCommitIsReported(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)", "INSERT INTO numbers VALUES (1)")
	tries := 0
	err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		tries++
		_, err := tx.Exec(ctx, "INSERT INTO numbers VALUES (1)")
		return err
	})
	if tries != 1 || !pg.IsUniqueViolation(err, "numbers_n_key") {
		t.Errorf("%d tries, %v", tries, err)
	}
}

func TestReadOnly(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE numbers (n int)")
	err := pg.InTxOptions(ctx, pool, pg.TxOptions{ReadOnly: true}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO numbers VALUES (1)")
		return err
	})
	if pg.Code(err) != "25006" {
		t.Errorf("got %v", err)
	}
}
