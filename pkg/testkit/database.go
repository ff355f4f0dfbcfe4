package testkit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/privatepg"
)

// Role is the role that owns every test database. Like a service's role it is no superuser, so
// that a migration which needs one fails in tests and not only in production.
const Role = "app"

const dropTimeout = 30 * time.Second

var (
	templates sync.Map // name -> *template
	databases atomic.Int64
)

type template struct {
	once sync.Once
	err  error
}

// Database returns the address of a database for this test alone, dropped when the test ends. It
// is a copy of a template that migrate makes once per process for each name; migrate gets the
// template's address and must leave no connection to it open. A nil migrate means an empty
// database. Tests with the same name must give the same migrate.
func Database(t testing.TB, name string, migrate func(ctx context.Context, dsn string) error) string {
	t.Helper()
	cluster := Postgres(t)
	ctx := Context(t)
	source := "template_" + name
	value, _ := templates.LoadOrStore(name, &template{})
	tpl := value.(*template) //nolint:forcetypeassert // nothing else is stored
	tpl.once.Do(func() { tpl.err = makeTemplate(ctx, cluster, source, migrate) })
	if tpl.err != nil {
		t.Fatalf("template database %s: %v", name, tpl.err)
	}

	database := fmt.Sprintf("test_%d", databases.Add(1))
	err := admin(ctx, cluster, "CREATE DATABASE "+quote(database)+" TEMPLATE "+quote(source)+" OWNER "+Role)
	if err != nil {
		t.Fatalf("copy the template database %s: %v", name, err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		// A connection left open shows up as a leaked goroutine; here it must not hide behind a
		// second failure.
		if err := admin(ctx, cluster, "DROP DATABASE "+quote(database)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return cluster.DSNAs(database, Role)
}

func makeTemplate(ctx context.Context, c *privatepg.Cluster, name string, migrate func(context.Context, string) error) error {
	if err := c.EnsureDatabase(ctx, name, Role); err != nil {
		return err
	}
	if migrate != nil {
		if err := migrate(ctx, c.DSNAs(name, Role)); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	// A connection to the template would make copying it fail.
	return admin(ctx, c, "ALTER DATABASE "+quote(name)+" WITH ALLOW_CONNECTIONS false")
}

func admin(ctx context.Context, c *privatepg.Cluster, statement string) error {
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("connect as superuser: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }
