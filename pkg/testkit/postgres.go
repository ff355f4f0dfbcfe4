package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/privatepg"
)

const (
	// tempRoot is not os.TempDir: a TMPDIR in root's home would be closed to PostgreSQL's user.
	tempRoot   = "/tmp"
	tempPrefix = "baoxue-test-"
	ownerLock  = "owner.lock"
	// settled is older than any directory whose maker has not yet come to lock it.
	settled     = time.Minute
	stopTimeout = 30 * time.Second
)

// shared is the one cluster of this process. It is a variable of the package because "go test"
// has no other place for what all tests of a process use.
var shared sharedCluster

type sharedCluster struct {
	once    sync.Once
	dir     string
	lock    *lifecycle.Lock
	cluster *privatepg.Cluster
	err     error
}

// Postgres returns the test process's own cluster, started when first asked for and stopped by
// Main. Nothing in it outlives a crash.
//
// A test process that is killed leaves no PostgreSQL running: privatepg has the kernel send it a
// signal when the thread that started it ends, and keeps that thread as long as the process. Its
// files are removed by the next test process that starts a cluster.
func Postgres(t testing.TB) *privatepg.Cluster {
	t.Helper()
	if !inMain.Load() {
		t.Fatal("testkit.Postgres needs func TestMain(m *testing.M) { testkit.Main(m) } in this package")
	}
	shared.once.Do(func() { shared.err = shared.start() })
	if shared.err != nil {
		t.Fatalf("private PostgreSQL: %v", shared.err)
	}
	return shared.cluster
}

func (s *sharedCluster) start() (err error) {
	sweep(tempRoot)
	if s.dir, err = os.MkdirTemp(tempRoot, tempPrefix); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.remove())
		}
	}()
	if s.lock, err = lifecycle.Flock(filepath.Join(s.dir, ownerLock)); err != nil {
		return err
	}
	// The server's user has to pass; the data directory itself is closed to all others.
	if err = os.Chmod(s.dir, 0o755); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	// Not a test's context: the cluster serves all tests.
	s.cluster, err = privatepg.Start(context.Background(), privatepg.Options{
		DataDir: filepath.Join(s.dir, "data"),
		// Several packages' tests run at once, each with small data.
		Settings: map[string]string{"shared_buffers": "64MB"},
	})
	return err
}

func (s *sharedCluster) stop() error {
	// From here on none is started.
	s.once.Do(func() { s.err = errors.New("the tests are over") })
	if s.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return errors.Join(s.cluster.Stop(ctx), s.remove())
}

func (s *sharedCluster) remove() error {
	var err error
	if s.lock != nil {
		err = s.lock.Release()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// sweep removes what killed test processes of this user left in root. It fails in silence: the
// leftovers of others are no reason to fail a test.
func sweep(root string) {
	dirs, err := filepath.Glob(filepath.Join(root, tempPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < settled {
			continue
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
			continue
		}
		lock, err := lifecycle.Flock(filepath.Join(dir, ownerLock))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = lock.Release()
	}
}
