package privatepg

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestEachRoleHasItsOwnDatabaseOnly(t *testing.T) {
	c := start(t, Options{DataDir: filepath.Join(home(t), "data")})
	// Twice each, and at once: services are set up by one process but in any order.
	var group sync.WaitGroup
	for _, name := range []string{"ledger", "verification", "ledger", "verification"} {
		group.Go(func() {
			if err := c.EnsureDatabase(t.Context(), name, name+"_owner"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()

	own := connect(t, c.DSNAs("ledger", "ledger_owner"))
	if _, err := own.Exec(t.Context(), "CREATE TABLE entries (id bigint)"); err != nil {
		t.Error(err)
	}
	var powerful bool
	if err := own.QueryRow(t.Context(),
		`SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
		   FROM pg_roles WHERE rolname = current_user`).Scan(&powerful); err != nil || powerful {
		t.Errorf("the role has special powers: %v, %v", powerful, err)
	}

	for _, foreign := range []string{"verification", "postgres", "template1"} {
		conn, err := pgx.Connect(t.Context(), c.DSNAs(foreign, "ledger_owner"))
		if err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("ledger_owner entered %s", foreign)
			continue
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: refused for another reason: %v", foreign, err)
		}
	}
}

func TestDSNQuotesNames(t *testing.T) {
	c := start(t, Options{DataDir: filepath.Join(home(t), "data")})
	const name, role = `od d/"1`, `r:o@le`
	if err := c.EnsureDatabase(t.Context(), name, role); err != nil {
		t.Fatal(err)
	}
	var database, user string
	row := connect(t, c.DSNAs(name, role)).QueryRow(t.Context(), "SELECT current_database(), current_user")
	if err := row.Scan(&database, &user); err != nil || database != name || user != role {
		t.Fatalf("got %q, %q, %v", database, user, err)
	}
}
