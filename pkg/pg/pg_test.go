package pg_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func open(t *testing.T, dsn string, opts pg.Options) *pgxpool.Pool {
	t.Helper()
	pool, err := pg.Open(testkit.Context(t), dsn, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// database gives each test a database of its own with the statements executed in it.
func database(t *testing.T, statements ...string) *pgxpool.Pool {
	t.Helper()
	pool := open(t, testkit.Database(t, "empty", nil), pg.Options{})
	for _, s := range statements {
		if _, err := pool.Exec(testkit.Context(t), s); err != nil {
			t.Fatal(err)
		}
	}
	return pool
}

func TestOpenAppliesOptions(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "empty", nil)
	pool := open(t, dsn+"&timezone=Asia/Shanghai&jit=on", pg.Options{MaxConns: 3, AppName: "a test"})
	for setting, want := range map[string]string{
		"application_name": "a test", "TimeZone": "UTC", "jit": "on", "idle_in_transaction_session_timeout": "10min",
	} {
		var got string
		if err := pool.QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, want %q (%v)", setting, got, want, err)
		}
	}
	if got := pool.Config().MaxConns; got != 3 {
		t.Errorf("MaxConns %d, want 3", got)
	}
	for dsn, want := range map[string]int32{dsn: pg.DefaultMaxConns, dsn + "&pool_max_conns=2": 2} {
		if got := open(t, dsn, pg.Options{}).Config().MaxConns; got != want {
			t.Errorf("MaxConns %d, want %d", got, want)
		}
	}
}

func TestOpenFailsWithoutTellingThePassword(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:s3cret@/none?host=" + t.TempDir(),
		"postgres://u:s3cret@localhost:notaport/none",
	} {
		pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
		if err == nil {
			pool.Close()
			t.Fatal("opened a pool on nothing")
		}
		if contains(err, "s3cret") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestErrorQuestions(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, `CREATE TABLE child (
		id bigint CONSTRAINT child_key PRIMARY KEY,
		age int CONSTRAINT child_age CHECK (age > 0),
		sibling bigint CONSTRAINT child_sibling REFERENCES child)`, "INSERT INTO child VALUES (1, 7)")
	fail := func(statement string) error {
		_, err := pool.Exec(ctx, statement)
		return fmt.Errorf("wrapped: %w", err)
	}
	duplicate := fail("INSERT INTO child VALUES (1, 7)")
	if !pg.IsUniqueViolation(duplicate, "child_key") || !pg.IsUniqueViolation(duplicate, "") ||
		pg.IsUniqueViolation(duplicate, "other") || pg.Code(duplicate) != pg.CodeUniqueViolation ||
		pg.Constraint(duplicate) != "child_key" || pg.IsRetryable(duplicate) {
		t.Error(duplicate)
	}
	if err := fail("INSERT INTO child VALUES (2, 0)"); !pg.IsCheckViolation(err, "child_age") {
		t.Error(err)
	}
	if err := fail("INSERT INTO child VALUES (2, 7, 9)"); !pg.IsForeignKeyViolation(err, "child_sibling") {
		t.Error(err)
	}
	if err := pool.QueryRow(ctx, "SELECT FROM child WHERE id = 5").Scan(); !pg.IsNoRows(err) {
		t.Error(err)
	}
	if other := errors.New("other"); pg.Code(other) != "" || pg.Constraint(other) != "" || pg.IsUniqueViolation(nil, "") {
		t.Error("an error of another kind has a code")
	}
	if !pg.IsRetryable(&pgconn.PgError{Code: pg.CodeDeadlockDetected}) {
		t.Error("a deadlock can be tried again")
	}
}

// A server that is gone or being restarted serves later; what it refuses it refuses then, too.
func TestWhatCannotServeNow(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE child (id bigint PRIMARY KEY)", "INSERT INTO child VALUES (1)")
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := pool.Exec(ctx, "SELECT pg_terminate_backend($1)", conn.Conn().PgConn().PID()); err != nil {
		t.Fatal(err)
	}
	_, ended := conn.Exec(ctx, "SELECT 1")
	_, closed := conn.Exec(ctx, "SELECT 1")
	_, nobody := pg.Open(ctx, "postgres://u@/none?host="+t.TempDir(), pg.Options{})
	_, twice := pool.Exec(ctx, "INSERT INTO child VALUES (1)")
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"a session that was ended": {ended, true}, "a connection that is closed": {closed, true}, "no server": {nobody, true},
		"a server that starts": {&pgconn.PgError{Code: "57P03"}, true}, "one that was the primary": {&pgconn.PgError{Code: "25006"}, true},
		"too many sessions": {&pgconn.PgError{Code: "53300"}, true},
		"a duplicate":       {twice, false}, "a cancelled query": {&pgconn.PgError{Code: pg.CodeQueryCanceled}, false},
		"another error": {errors.New("other"), false}, "none": {nil, false},
	} {
		if got := pg.IsUnavailable(c.err); got != c.want {
			t.Errorf("%s: %t (%v)", name, got, c.err)
		}
	}
}
