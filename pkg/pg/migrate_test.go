package pg_test

import (
	"errors"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func sql(text string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + text + "\n")}
}

func TestMigrateAtOnce(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "empty", nil)
	// No step could be done twice, and the last one does not end while another session holds a
	// snapshot.
	files := fstest.MapFS{
		"migrations/0001_numbers.sql": sql("CREATE TABLE numbers (n int);"),
		"migrations/0002_seed.sql":    sql("INSERT INTO numbers VALUES (42);"),
		"migrations/0003_index.sql":   sql("-- +goose NO TRANSACTION\nCREATE INDEX CONCURRENTLY numbers_n ON numbers (n);"),
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if err := pg.Migrate(ctx, dsn+"&pool_max_conns=2", files, "migrations"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := numbers(t, open(t, dsn, pg.Options{})); len(got) != 1 {
		t.Errorf("got %v", got)
	}

	files["migrations/0004_more.sql"] = sql("INSERT INTO numbers VALUES (43);")
	if err := pg.Migrate(ctx, dsn, files, "migrations"); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, open(t, dsn, pg.Options{})); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

// An older program leaves the database of a newer one alone.
func TestMigrateRefusesWhatIsNewer(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "empty", nil)
	older := fstest.MapFS{"migrations/0001_numbers.sql": sql("CREATE TABLE numbers (n int);")}
	newer := fstest.MapFS{"migrations/0001_numbers.sql": older["migrations/0001_numbers.sql"], "migrations/0002_words.sql": sql("ALTER TABLE numbers ADD COLUMN word text;")}
	for i, step := range []struct {
		files fstest.MapFS
		want  error
	}{{older, nil}, {newer, nil}, {older, pg.ErrNewer}, {newer, nil}} {
		if err := pg.Migrate(ctx, dsn, step.files, "migrations"); !errors.Is(err, step.want) {
			t.Errorf("step %d: %v, want %v", i, err, step.want)
		}
	}
}

func TestMigrateFailure(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "empty", nil)
	files := fstest.MapFS{"broken/0001_numbers.sql": sql("CREATE TABLE numbers (n int); INSERT INTO nowhere VALUES (1);")}
	err := pg.Migrate(ctx, dsn, files, "broken")
	if pg.Code(err) != "42P01" {
		t.Fatalf("got %v", err)
	}
	// The failed step left nothing, nor is the lock held: the mended one goes through.
	files["broken/0001_numbers.sql"] = sql("CREATE TABLE numbers (n int);")
	if err := pg.Migrate(ctx, dsn, files, "broken"); err != nil {
		t.Fatal(err)
	}
}

// What a server makes that was set up without a locale can't hold a name.
func TestMigrateRefusesWhatKnowsNoCharacters(t *testing.T) {
	ctx := testkit.Context(t)
	cluster := testkit.Postgres(t)
	conn, err := pgx.Connect(ctx, cluster.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // the test is over
	if _, err := conn.Exec(ctx, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"migrations/0001_numbers.sql": sql("CREATE TABLE numbers (n int);")}
	if err := pg.Migrate(ctx, cluster.DSN("bytes"), files, "migrations"); !errors.Is(err, pg.ErrEncoding) || !contains(err, "SQL_ASCII") {
		t.Errorf("got %v", err)
	}
}
