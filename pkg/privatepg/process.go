package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// process is one run of postgres.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu      sync.Mutex
	stopped bool
	err     error
}

// spawn starts cmd on an OS thread of its own, which stays until cmd has ended. The kernel sends
// the death signal when the *thread* that started the child ends, not the process; and the Go
// runtime ends threads as it likes unless a goroutine is locked to them.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.ended(cmd.Wait())
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// outputOnOwnThread runs cmd to its end; see spawn for why the thread matters.
func outputOnOwnThread(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}

func (p *process) ended(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		if err == nil {
			err = errors.New("exit status 0")
		}
		p.err = fmt.Errorf("postgres ended by itself: %w", err)
	}
	close(p.done)
}

func (p *process) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// stop asks for a fast shutdown, and for less and less orderly ones when that takes too long.
func (p *process) stop(ctx context.Context) error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	if p.signalAndWait(ctx, syscall.SIGINT) {
		return nil
	}
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTimeout)
		ended := p.signalAndWait(limited, s)
		cancel()
		if ended {
			return fmt.Errorf("postgres did not shut down in time and was ended by signal %q", s)
		}
	}
	return errors.New("postgres cannot be stopped")
}

func (p *process) signalAndWait(ctx context.Context, s syscall.Signal) bool {
	// The error is that of a process already gone, which the channel tells as well.
	_ = p.cmd.Process.Signal(s)
	select {
	case <-p.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// launch runs postgres until it accepts connections.
func (c *Cluster) launch(ctx context.Context) error {
	for {
		err := c.launchOnce(ctx)
		// After a kill -9 of the postmaster its children need a moment to notice; until the last
		// one is gone a new postmaster refuses to touch the data.
		if err == nil || !strings.Contains(err.Error(), "pre-existing shared memory block") {
			return err
		}
		if wait(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// keepMemory lets a session's process keep what it has once taken of memory, up to 32 MiB.
// Without it glibc gives it back after every statement and takes it again with the next,
// which costs small statements a third of their time.
var keepMemory = []string{"MALLOC_TRIM_THRESHOLD_=33554432", "MALLOC_TOP_PAD_=1048576", "MALLOC_MMAP_THRESHOLD_=4194304"}

func (c *Cluster) launchOnce(ctx context.Context) error {
	logFile, err := c.openLog()
	if err != nil {
		return err
	}
	defer logFile.Close() //nolint:errcheck // postgres has its own handle
	cmd := exec.Command(filepath.Join(c.binDir, "postgres"), c.arguments()...)
	c.account.prepare(cmd, c.dataDir, c.deathSignal())
	cmd.Env = append(cmd.Env, keepMemory...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if c.proc, err = spawn(cmd); err != nil {
		return err
	}
	if err := c.waitReady(ctx); err != nil {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quitTimeout)
		defer cancel()
		// What matters is why it did not start.
		_ = c.proc.stop(stopCtx)
		return fmt.Errorf("start PostgreSQL: %w; the end of %s:\n%s", err, c.LogFile(), c.logTail())
	}
	return nil
}

// deathSignal is what postgres gets when this process dies: a clean shutdown when the data
// matters, else the quickest end.
func (c *Cluster) deathSignal() syscall.Signal {
	if c.opts.Durable {
		return syscall.SIGINT
	}
	return syscall.SIGQUIT
}

func (c *Cluster) arguments() []string {
	settings := map[string]string{
		"max_connections": "200",
		"shared_buffers":  "256MB",
		// A distribution writes some gigabytes of log; a checkpoint in its midst would write
		// whole pages again and again.
		"max_wal_size": "4GB",
		// The next month's goes into the same files: new ones are filled with zeros first.
		"min_wal_size": "1GB",
		// Nor should it wait for the disk each time that somebody else commits.
		"wal_buffers": "64MB",
		// PostgreSQL knows nothing of the machine: with more processes than cores a statement that
		// is computed in parallel takes longer than by one.
		"max_parallel_workers_per_gather": strconv.Itoa(min(2, runtime.NumCPU()-1)),
		"timezone":                        "UTC",
		"log_timezone":                    "UTC",
		"log_line_prefix":                 "%m [%p] %q%u@%d ",
	}
	if !c.opts.Durable {
		settings["fsync"] = "off"
		settings["synchronous_commit"] = "off"
		settings["full_page_writes"] = "off"
	}
	maps.Copy(settings, c.opts.Settings)
	settings["listen_addresses"] = ""
	settings["port"] = port
	settings["unix_socket_directories"] = c.socket
	settings["unix_socket_permissions"] = "0700"
	settings["external_pid_file"] = ""
	settings["logging_collector"] = "off"
	settings["log_destination"] = "stderr"
	args := []string{"-D", c.dataDir}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

func (c *Cluster) waitReady(ctx context.Context) error {
	for {
		err := ping(ctx, c.DSN("postgres"))
		if err == nil {
			return nil
		}
		select {
		case <-c.proc.done:
			return c.Err()
		default:
		}
		if ctx.Err() != nil {
			return fmt.Errorf("not ready: %w (last try: %w)", ctx.Err(), err)
		}
		// Also ends when ctx does, which the next round finds out.
		_ = wait(ctx, 10*time.Millisecond)
	}
}

func ping(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openLog begins a new log and keeps the one before.
func (c *Cluster) openLog() (*os.File, error) {
	if err := os.Rename(c.LogFile(), c.LogFile()+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keep the previous log: %w", err)
	}
	// Statements in it may hold personal data.
	f, err := os.OpenFile(c.LogFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	return f, nil
}

// maxTail is enough for the lines that tell why a start failed.
const maxTail = 2000

func (c *Cluster) logTail() string {
	f, err := os.Open(c.LogFile())
	if err != nil {
		return err.Error()
	}
	defer f.Close() //nolint:errcheck // only read from
	if info, err := f.Stat(); err == nil && info.Size() > maxTail {
		if _, err := f.Seek(-maxTail, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return tail(string(content))
}

func tail(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
