// Package privatepg runs a PostgreSQL cluster that belongs to one process: for the one-command
// run and for tests. It listens on a Unix socket only, in a directory that nobody but its owner
// can enter, which is why local connections need no password.
//
// The cluster dies with its owner, even if that is killed with SIGKILL, and a cluster left behind
// in any state (killed, half initialised, still running) is taken over by the next Start.
package privatepg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"baoxue.internal/pkg/lifecycle"
)

const (
	// startTimeout bounds a start, crash recovery included, when the caller's context does not.
	startTimeout = 2 * time.Minute
	// quitTimeout is how long postgres may take at each step of being told to end.
	quitTimeout = 10 * time.Second
)

// ErrInUse is wrapped when a living process, of this user or another, runs the same DataDir.
var ErrInUse = errors.New("the data directory is in use by a running process")

// Options say what to start.
type Options struct {
	// DataDir is the cluster's data directory, made when missing. Beside it come DataDir+".log",
	// DataDir+".log.1" (of the start before) and DataDir+".lock".
	DataDir string
	// Log receives what an operator should know; nil discards it.
	Log *slog.Logger
	// Durable says whether committed data must survive a crash of the machine.
	Durable bool
	// Settings are passed to postgres as "-c name=value" and win over the defaults, except for
	// those that decide where it listens.
	Settings map[string]string
	// fallbackRoots replaces the places used when DataDir can't be reached; for tests.
	fallbackRoots []string
}

// Cluster is a running PostgreSQL cluster.
type Cluster struct {
	opts    Options
	log     *slog.Logger
	account *account
	binDir  string
	dataDir string
	socket  string
	lock    *lifecycle.Lock
	proc    *process

	stopOnce sync.Once
	stopErr  error
	// ddl serialises EnsureDatabase: PostgreSQL answers "tuple concurrently updated" to two
	// sessions that change the same database's privileges.
	ddl sync.Mutex
}

// Start brings the cluster up and returns when it accepts connections. Without PostgreSQL on the
// machine the error wraps ErrNotInstalled; if another living process runs the same DataDir it
// wraps ErrInUse. When postgres itself fails, the error ends with the last lines of its log.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cluster{opts: opts, log: opts.Log}
	var err error
	if c.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if c.dataDir, err = c.place(ctx); err != nil {
		return nil, err
	}
	if c.binDir, err = findBinaries(ctx, c.dataDir); err != nil {
		return nil, err
	}
	if c.lock, err = lifecycle.Flock(c.dataDir + ".lock"); err != nil {
		if errors.Is(err, lifecycle.ErrHeld) {
			return nil, fmt.Errorf("%w: %w", ErrInUse, err)
		}
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.cleanUp())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	removeSocketDir(c.lock.PreviousInfo(), c.account)
	if err := c.initialise(ctx); err != nil {
		return err
	}
	if err := c.stopOrphan(ctx); err != nil {
		return err
	}
	var err error
	if c.socket, err = makeSocketDir(c.account); err != nil {
		return err
	}
	if err := c.lock.WriteInfo(c.socket); err != nil {
		return err
	}
	return c.launch(ctx)
}

// DSN connects as the superuser.
func (c *Cluster) DSN(database string) string { return c.DSNAs(database, superuser) }

// BinDir is where postgres, pg_dump and the other programs of the running version are.
func (c *Cluster) BinDir() string { return c.binDir }

// DataDirInUse is the data directory really used: Options.DataDir, or another place if the user
// that postgres runs as cannot reach that one.
func (c *Cluster) DataDirInUse() string { return c.dataDir }

// LogFile is where postgres writes its log.
func (c *Cluster) LogFile() string { return c.dataDir + ".log" }

// Pid is the process id of the postmaster.
func (c *Cluster) Pid() int { return c.proc.cmd.Process.Pid }

// Done is closed when postgres has ended, by Stop or by itself.
func (c *Cluster) Done() <-chan struct{} { return c.proc.done }

// Err tells why postgres ended by itself; nil while it runs and after Stop. A cluster that ended
// by itself still has to be stopped, to give up what it holds.
func (c *Cluster) Err() error { return c.proc.failure() }

// Stop ends all sessions and shuts the cluster down cleanly. When ctx ends first postgres is made
// to quit at once, which loses no committed data: the next start recovers. Further calls return
// the first one's error.
func (c *Cluster) Stop(ctx context.Context) error {
	c.stopOnce.Do(func() {
		c.stopErr = errors.Join(c.proc.stop(ctx), c.cleanUp())
	})
	return c.stopErr
}

func (c *Cluster) cleanUp() error {
	removeSocketDir(c.socket, c.account)
	return c.lock.Release()
}

// initialise makes the data directory if it is missing. It is built under another name, so that
// a process killed half way leaves nothing that looks like a cluster.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.dataDir, versionFile)); err == nil {
		return nil
	}
	half := c.dataDir + ".new"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("remove a half made data directory: %w", err)
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	if err := c.account.own(half); err != nil {
		return err
	}
	args := []string{
		"--pgdata=" + half, "--username=" + superuser, "--encoding=UTF8", "--locale=C", "--data-checksums",
		"--auth-local=trust", "--auth-host=reject", "--no-instructions",
	}
	if !c.opts.Durable {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.binDir, "initdb"), args...)
	c.account.prepare(cmd, half, syscall.SIGKILL)
	// Children of a killed initdb may keep its output open for a moment.
	cmd.WaitDelay = quitTimeout
	if out, err := outputOnOwnThread(cmd); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, tail(string(out)))
	}
	// An empty directory in the way is replaced by the rename; anything else is not ours to remove.
	if err := os.Rename(half, c.dataDir); err != nil {
		return fmt.Errorf("put the new data directory in place: %w", err)
	}
	if c.opts.Durable {
		return syncDir(filepath.Dir(c.dataDir))
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}
