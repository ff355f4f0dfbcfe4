package privatepg

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "postgres"
	// port only names the socket file.
	port = "5432"
)

// DSNAs connects as the given role.
func (c *Cluster) DSNAs(database, role string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database}
	// Everything that a PG* variable of the environment could change is said here.
	u.RawQuery = url.Values{"host": {c.socket}, "port": {port}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// EnsureDatabase makes the role (which may log in and is no superuser) and a database that it
// owns, if they are missing. No other role can connect to that database, nor this role to
// PostgreSQL's own ones.
func (c *Cluster) EnsureDatabase(ctx context.Context, name, role string) (err error) {
	c.ddl.Lock()
	defer c.ddl.Unlock()
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("connect as superuser: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()

	steps := []struct{ unless, arg, then string }{
		{
			unless: "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", arg: role,
			then: "CREATE ROLE " + quote(role) + " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION",
		},
		{
			unless: "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", arg: name,
			then: "CREATE DATABASE " + quote(name) + " OWNER " + quote(role),
		},
	}
	for _, step := range steps {
		var exists bool
		if err := conn.QueryRow(ctx, step.unless, step.arg).Scan(&exists); err != nil {
			return fmt.Errorf("look for %s: %w", step.arg, err)
		}
		if exists {
			continue
		}
		if _, err := conn.Exec(ctx, step.then); err != nil {
			return fmt.Errorf("create %s: %w", step.arg, err)
		}
	}
	for _, database := range []string{name, "postgres", "template1"} {
		if _, err := conn.Exec(ctx, "REVOKE ALL ON DATABASE "+quote(database)+" FROM PUBLIC"); err != nil {
			return fmt.Errorf("close database %s to others: %w", database, err)
		}
	}
	return nil
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }
