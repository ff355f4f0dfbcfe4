package systemtest

import (
	"context"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"baoxue.internal/pkg/privatepg"
	"baoxue.internal/pkg/testkit"
)

// follow makes a second PostgreSQL that copies a first one as it goes, and that the first waits for with every commit.
func follow(t *testing.T, first *privatepg.Cluster) *privatepg.Cluster {
	t.Helper()
	ctx := testkit.Context(t)
	dir := filepath.Join(openTemp(t), "standby")
	backup := exec.CommandContext(ctx, filepath.Join(first.BinDir(), "pg_basebackup"),
		"--dbname="+first.DSN("postgres"), "--pgdata="+dir, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if out, err := backup.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	ownAs(t, first.DataDirInUse(), dir)
	second, err := privatepg.Start(ctx, privatepg.Options{DataDir: dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := second.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ask(t, first, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	ask(t, first, "SELECT pg_reload_conf()")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ask(t, first, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") != 1 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the second does not follow the first")
		}
	}
	return second
}

// ask has a superuser do something, and tells of how many rows it was.
func ask(t *testing.T, cluster *privatepg.Cluster, sql string) int64 {
	t.Helper()
	return execute(t, cluster.DSN("postgres"), sql)
}

// ownAs gives a folder with all that is in it to the owner of another: PostgreSQL opens none of somebody else.
func ownAs(t *testing.T, other, dir string) {
	t.Helper()
	info, err := os.Stat(other)
	if err != nil {
		t.Fatal(err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("the owner of %s is not known", other)
	}
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	}); err != nil {
		t.Fatal(err)
	}
}

// either is an address that names two servers, of which that is meant which takes writes.
func either(t *testing.T, first, second string) string {
	t.Helper()
	a, err := url.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := url.Parse(second)
	if err != nil {
		t.Fatal(err)
	}
	q := a.Query()
	for _, part := range []string{"host", "port"} {
		q.Set(part, q.Get(part)+","+b.Query().Get(part))
	}
	q.Set("target_session_attrs", "read-write")
	a.RawQuery = q.Encode()
	return a.String()
}

// The database is lost for good while clerks save, and one that followed it takes over: nothing that was answered is
// lost, and every event is applied once, without a program being started again.
func TestAStandbyTakesOver(t *testing.T) {
	ctx, first := testkit.Context(t), newPowerless(t)
	second := follow(t, first.cluster)
	s := stage(t, separateOn(t, first.cluster, broker(t).URL(), func(database, role string) string {
		return either(t, first.cluster.DSNAs(database, role), second.DSNAs(database, role))
	}))
	l := begin(ctx, s.county)
	l.answers(ctx, 200)
	first.kill()
	ask(t, second, "SELECT pg_promote()")
	l.answers(ctx, 200)
	l.end()
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
