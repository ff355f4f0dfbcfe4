package pg_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

const numbersTable = "CREATE TABLE numbers (n int PRIMARY KEY)"

// insert lets an insertion wait.
func insert(ctx context.Context, t *testing.T, p *pg.Pipeline, n int) {
	t.Helper()
	if _, err := p.Exec(ctx, "INSERT INTO numbers VALUES ($1)", n); err != nil {
		t.Fatalf("before it is sent: %v", err)
	}
}

func count(ctx context.Context, p *pg.Pipeline) (n int, err error) {
	err = p.QueryRow(ctx, "SELECT count(*) FROM numbers").Scan(&n)
	return n, err
}

func TestAQuerySeesWhatWaitedAndTheCommitTakesTheRest(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, numbersTable)
	err := pg.InPipeline(ctx, pool, pg.TxOptions{}, func(p *pg.Pipeline) error {
		insert(ctx, t, p, 1)
		insert(ctx, t, p, 2)
		if n, err := count(ctx, p); err != nil || n != 2 {
			t.Errorf("the query sees %d, %v", n, err)
		}
		insert(ctx, t, p, 3)
		rows := pgx.CopyFromRows([][]any{{4}, {5}})
		if n, err := p.CopyFrom(ctx, pgx.Identifier{"numbers"}, []string{"n"}, rows); err != nil || n != 2 {
			t.Errorf("copied %d, %v", n, err)
		}
		insert(ctx, t, p, 6)
		return nil
	})
	if got := numbers(t, pool); err != nil || !slices.Equal(got, []int{1, 2, 3, 4, 5, 6}) {
		t.Errorf("%v, %v", got, err)
	}
}

// counted counts what is sent: each message is one write, and is waited for.
type counted struct {
	net.Conn
	writes *atomic.Int32
}

func (c counted) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

func TestAPipelineWaitsOncePerQueryAndOnceForItsEnd(t *testing.T) {
	ctx := testkit.Context(t)
	config := database(t, numbersTable).Config()
	var writes atomic.Int32
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return counted{conn, &writes}, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	transaction := func(first int) {
		options := pg.TxOptions{Isolation: pgx.RepeatableRead, Local: pg.ByKey}
		err := pg.InPipeline(ctx, pool, options, func(p *pg.Pipeline) error {
			insert(ctx, t, p, first)
			if _, err := count(ctx, p); err != nil {
				return err
			}
			insert(ctx, t, p, first+1)
			insert(ctx, t, p, first+2)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The first one makes the connection and its statements.
	transaction(0)
	before := writes.Load()
	transaction(10)
	if got := writes.Load() - before; got != 2 {
		t.Errorf("one query and the end: %d messages", got)
	}
	before = writes.Load()
	if err := pg.InPipeline(ctx, pool, pg.TxOptions{}, func(*pg.Pipeline) error { return nil }); err != nil || writes.Load() != before {
		t.Errorf("nothing to ask: %d messages, %v", writes.Load()-before, err)
	}
}

func TestWhatFailsInAPipelineLeavesNothing(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, numbersTable)
	errOwn := errors.New("an error of the function")
	twice := func(err error) bool { return pg.IsUniqueViolation(err, "numbers_pkey") }
	for name, test := range map[string]struct {
		run  func(p *pg.Pipeline) error
		want func(error) bool
	}{
		"before a query": {func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			insert(ctx, t, p, 1)
			_, err := count(ctx, p)
			return err
		}, twice},
		"before the end": {func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			insert(ctx, t, p, 1)
			insert(ctx, t, p, 2)
			return nil
		}, twice},
		"a query, though nobody looks": {func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			_ = p.QueryRow(ctx, "SELECT 1 / 0").Scan()
			return nil
		}, func(err error) bool { return errors.Is(err, pgx.ErrTxCommitRollback) }},
		"a row that is not there": {func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			var n int
			return p.QueryRow(ctx, "SELECT n FROM numbers WHERE n = 2").Scan(&n)
		}, func(err error) bool { return errors.Is(err, pgx.ErrNoRows) }},
		"the function": {func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			if _, err := count(ctx, p); err != nil {
				return err
			}
			return errOwn
		}, func(err error) bool { return errors.Is(err, errOwn) }},
	} {
		t.Run(name, func(t *testing.T) {
			if err := pg.InPipeline(ctx, pool, pg.TxOptions{}, test.run); !test.want(err) {
				t.Errorf("%v", err)
			}
			if got := numbers(t, pool); len(got) > 0 {
				t.Errorf("left: %v", got)
			}
		})
	}
	if n := pool.Stat().TotalConns(); n != 1 {
		t.Errorf("%d connections: one was good enough for all", n)
	}
}

func TestAFailureAtThePipelinesCommitIsReported(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, "CREATE TABLE numbers (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
	err := pg.InPipeline(ctx, pool, pg.TxOptions{}, func(p *pg.Pipeline) error {
		insert(ctx, t, p, 1)
		insert(ctx, t, p, 1)
		return nil
	})
	if !pg.IsUniqueViolation(err, "") || !contains(err, "commit") {
		t.Errorf("%v", err)
	}
	if got := numbers(t, pool); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestAPanicEndsAPipeline(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, numbersTable)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = pg.InPipeline(ctx, pool, pg.TxOptions{}, func(p *pg.Pipeline) error {
			insert(ctx, t, p, 1)
			if _, err := count(ctx, p); err != nil {
				return err
			}
			panic("no")
		})
	}()
	if got := numbers(t, pool); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if n := pool.Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are still held", n)
	}
}

func TestAPipelineIsTriedAgain(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, numbersTable, "INSERT INTO numbers VALUES (1)")
	tries := 0
	err := pg.InPipeline(ctx, pool, pg.TxOptions{Isolation: pgx.RepeatableRead}, func(p *pg.Pipeline) error {
		tries++
		if _, err := count(ctx, p); err != nil {
			return err
		}
		if tries == 1 {
			if _, err := pool.Exec(ctx, "UPDATE numbers SET n = 2"); err != nil {
				return err
			}
		}
		_, err := p.Exec(ctx, "UPDATE numbers SET n = n + 10")
		return err
	})
	if got := numbers(t, pool); err != nil || tries != 2 || !slices.Equal(got, []int{12}) {
		t.Errorf("%v after %d tries, %v", got, tries, err)
	}
}

func TestAPipelinesSettingsHoldInItAlone(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ -~\n]{0,20}`).Draw(t, "value")
		options := pg.TxOptions{ReadOnly: rapid.Bool().Draw(t, "read only"), Local: []pg.Setting{{Name: "baoxue.scope", Value: value}}}
		err := pg.InPipeline(ctx, pool, options, func(p *pg.Pipeline) error {
			got, err := setting(ctx, p)
			if err != nil || got == nil || *got != value {
				t.Fatalf("in the transaction it is %v, %v; want %q", got, err, value)
			}
			var readOnly string
			if err := p.QueryRow(ctx, "SELECT current_setting('transaction_read_only')").Scan(&readOnly); err != nil || (readOnly == "on") != options.ReadOnly {
				t.Fatalf("read only %s, %v", readOnly, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if after, err := setting(ctx, pool); err != nil || after != nil && *after != "" {
			t.Fatalf("after the transaction it is %v, %v", after, err)
		}
	})
	if n := pool.Stat().TotalConns(); n != 1 {
		t.Fatalf("%d connections: another one would not have had the settings anyway", n)
	}
}
