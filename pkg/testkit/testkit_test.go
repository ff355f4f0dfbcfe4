package testkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/lifecycle"
)

func TestMain(m *testing.M) { Main(m) }

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(Context(t), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

var migrations atomic.Int32

func migrate(ctx context.Context, dsn string) error {
	migrations.Add(1)
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE TABLE words (word text); INSERT INTO words VALUES ('seed')")
	return errors.Join(err, conn.Close(ctx))
}

func TestDatabaseIsFreshForEachTest(t *testing.T) {
	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("test", func(t *testing.T) {
				t.Parallel()
				ctx := Context(t)
				conn := connect(t, Database(t, "words", migrate))
				if _, err := conn.Exec(ctx, "INSERT INTO words VALUES ('mine')"); err != nil {
					t.Fatal(err)
				}
				var n int
				var super bool
				row := conn.QueryRow(ctx, "SELECT count(*), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) FROM words")
				if err := row.Scan(&n, &super); err != nil || n != 2 || super {
					t.Errorf("%d rows, superuser %v, %v", n, super, err)
				}
			})
		}
	})
	if migrations.Load() != 1 {
		t.Errorf("the template was made %d times", migrations.Load())
	}
	var left int
	row := connect(t, Postgres(t).DSN("postgres")).QueryRow(Context(t), "SELECT count(*) FROM pg_database WHERE datname LIKE 'test\\_%'")
	if err := row.Scan(&left); err != nil || left != 0 {
		t.Errorf("%d databases left, %v", left, err)
	}
}

func TestContextEndsBeforeTheTest(t *testing.T) {
	end, ok := Context(t).Deadline()
	if !ok || time.Until(end) > longestTest {
		t.Errorf("deadline %v, %v", end, ok)
	}
	if limit, ok := t.Deadline(); ok && end.After(limit.Add(-grace)) {
		t.Errorf("the context ends at %v, the test at %v", end, limit)
	}
}

func TestSweepRemovesOnlyWhatNobodyOwns(t *testing.T) {
	root := t.TempDir()
	old := time.Now().Add(-time.Hour)
	mkdir := func(name string, modified time.Time) string {
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ownerLock), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, modified, modified); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	abandoned := mkdir(tempPrefix+"abandoned", old)
	kept := []string{mkdir(tempPrefix+"new", time.Now()), mkdir("other", old), mkdir(tempPrefix+"owned", old)}
	lock, err := lifecycle.Flock(filepath.Join(root, tempPrefix+"owned", ownerLock))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release() //nolint:errcheck // the test is over

	sweep(root)
	if _, err := os.Stat(abandoned); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the abandoned directory stays: %v", err)
	}
	for _, dir := range kept {
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
	}
}
