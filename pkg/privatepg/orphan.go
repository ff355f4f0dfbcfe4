package privatepg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopOrphan deals with what a killed owner left: a postgres that still runs is stopped (this
// process holds the lock on the data directory, so nobody owns it), and a pid file whose number
// now belongs to another program is removed, because postgres would take it for a running server.
// Any other stale pid file is left to postgres, which reads more than the number from it.
func (c *Cluster) stopOrphan(ctx context.Context) error {
	pidFile := filepath.Join(c.dataDir, "postmaster.pid")
	content, err := os.ReadFile(pidFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read postgres's pid file: %w", err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 || !exists(pid) {
		return nil //nolint:nilerr // a file without a pid names nobody to stop
	}
	if !c.isOurs(pid) {
		if err := os.Remove(pidFile); err != nil {
			return fmt.Errorf("remove a stale pid file: %w", err)
		}
		return nil
	}
	c.log.WarnContext(ctx, "stopping a PostgreSQL that outlived its owner", slog.Int("pid", pid))
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL left running (pid %d): %w", pid, err)
		}
		gone, err := c.waitGone(ctx, pid)
		if gone || err != nil {
			return err
		}
	}
	return fmt.Errorf("the PostgreSQL left running (pid %d) does not stop", pid)
}

// waitGone looks again and again, since only a parent is told of a process's end.
func (c *Cluster) waitGone(ctx context.Context, pid int) (bool, error) {
	limited, cancel := context.WithTimeout(ctx, quitTimeout)
	defer cancel()
	for c.isOurs(pid) {
		if wait(limited, 10*time.Millisecond) != nil {
			// Only the caller's own end is an error; otherwise a stronger signal is next.
			return false, ctx.Err()
		}
	}
	return true, nil
}

func exists(pid int) bool {
	_, err := os.Stat(procFile(pid, ""))
	return err == nil
}

// isOurs tells whether pid is a postmaster on this data directory. Its command line can be read by
// anyone; a process that has ended but was not reaped has none.
func (c *Cluster) isOurs(pid int) bool {
	content, err := os.ReadFile(procFile(pid, "cmdline"))
	if err != nil {
		return false
	}
	args := strings.Split(string(bytes.TrimRight(content, "\x00")), "\x00")
	if filepath.Base(args[0]) != "postgres" {
		return false
	}
	for i, arg := range args {
		if arg == "-D" && i+1 < len(args) && args[i+1] == c.dataDir {
			return true
		}
	}
	// Started by hand on the same directory, perhaps under another name for it.
	dir, err := os.Readlink(procFile(pid, "cwd"))
	return err == nil && dir == c.dataDir
}

func procFile(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}
