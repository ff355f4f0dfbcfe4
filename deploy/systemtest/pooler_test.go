package systemtest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/pkg/testkit"
)

// pooler starts one that gives a client the same session for as long as it is connected, in front of a cluster, and says
// where it listens.
func pooler(t *testing.T, cluster *privatepg.Cluster, roles []string) (*process, string) {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("there is no pgbouncer on this machine")
	}
	behind, err := url.Parse(cluster.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	dir, address := openTemp(t), freeAddress(t)
	host, port, _ := strings.Cut(address, ":")
	var users strings.Builder
	for _, role := range roles {
		fmt.Fprintf(&users, "%q \"\"\n", role)
	}
	settings := filepath.Join(dir, "pgbouncer.ini")
	for path, text := range map[string]string{
		filepath.Join(dir, "users"): users.String(),
		settings: fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = %s\nlisten_port = %s\nunix_socket_dir =\n"+
			"auth_type = trust\nauth_file = %s\npool_mode = session\nmax_client_conn = 500\ndefault_pool_size = 50\n",
			behind.Query().Get("host"), behind.Query().Get("port"), host, port, filepath.Join(dir, "users")),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // another user reads it; there is no secret in it
			t.Fatal(err)
		}
	}
	args := []string{program, settings}
	if os.Geteuid() == 0 {
		// It refuses root; who runs PostgreSQL may enter where that listens.
		args = []string{program, "--user", "postgres", settings}
	}
	p := start(t, nil, args...)
	// To be terminated is a failure to it.
	p.end = syscall.SIGINT
	listening(t, address)
	return p, address
}

// Between the services and their databases stands a pooler, which is killed while clerks save.
func TestAPoolerStandsBetween(t *testing.T) {
	ctx, cluster := testkit.Context(t), testkit.Postgres(t)
	next := databasesOf(systems.Load() + 1)
	roles := make([]string, len(services))
	for i, name := range services {
		roles[i] = next + name
	}
	between, address := pooler(t, cluster, roles)
	s := stage(t, separateOn(t, cluster, broker(t).URL(), func(database, role string) string {
		return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", role, address, database)
	}))
	l := begin(ctx, s.county)
	l.answers(ctx, 200)
	between.restart()
	l.answers(ctx, 200)
	l.end()
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
