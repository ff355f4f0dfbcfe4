package privatepg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// place decides where the data goes: Options.DataDir, or, when root runs this from a place that
// the user postgres cannot enter (a checkout in root's home is the common case), a directory that
// depends on nothing but that path, so that the next start finds the same data.
func (c *Cluster) place(ctx context.Context) (string, error) {
	if c.opts.DataDir == "" {
		return "", errors.New("no data directory given")
	}
	wanted, err := filepath.Abs(c.opts.DataDir)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(wanted), 0o755); err != nil {
		return "", fmt.Errorf("make the parent of the data directory: %w", err)
	}
	barrier, err := c.account.unreachable(wanted)
	if err != nil {
		return "", err
	}
	if barrier == "" {
		return resolved(wanted)
	}
	roots := c.opts.fallbackRoots
	if roots == nil {
		roots = []string{"/var/lib", "/var/tmp"}
	}
	digest := sha256.Sum256([]byte(wanted))
	name := "baoxue-" + hex.EncodeToString(digest[:6])
	var failures []error
	for _, root := range roots {
		dir := filepath.Join(root, name)
		if err := c.claim(dir); err != nil {
			failures = append(failures, err)
			continue
		}
		chosen := filepath.Join(dir, "data")
		c.log.InfoContext(ctx, "PostgreSQL's data is kept elsewhere: its user cannot enter the wanted directory",
			slog.String("wanted", wanted), slog.String("closed", barrier),
			slog.String("user", c.account.name), slog.String("used", chosen))
		return resolved(chosen)
	}
	return "", fmt.Errorf("user %s cannot enter %s, and no other place will do: %w",
		c.account.name, barrier, errors.Join(failures...))
}

// claim makes dir, or makes sure that an existing one is this user's: in a directory where all may
// write, such as /var/tmp, somebody else could have put it there.
func (c *Cluster) claim(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make data directory: %w", err)
	}
	made := err == nil
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a directory of this user", dir)
	}
	if made {
		// Whatever the umask took away: the server's user has to pass.
		if err := os.Chmod(dir, 0o755); err != nil {
			return fmt.Errorf("open %s: %w", dir, err)
		}
	}
	barrier, err := c.account.unreachable(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	if barrier != "" {
		return fmt.Errorf("user %s cannot enter %s", c.account.name, barrier)
	}
	return nil
}

// resolved frees path's parents of symbolic links: the kernel shows a process's directory without.
func resolved(path string) (string, error) {
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("resolve data directory: %w", err)
	}
	return filepath.Join(parent, filepath.Base(path)), nil
}

const (
	socketPrefix = "bxpg-"
	// maxSocketDir leaves room for "/.s.PGSQL.5432.lock" within the kernel's 107 bytes.
	maxSocketDir = 80
)

// makeSocketDir makes a directory that only the server's user (and root) can enter. That, not a
// password, is what guards the cluster.
func makeSocketDir(a *account) (string, error) {
	root := os.TempDir()
	if barrier, err := a.unreachable(filepath.Join(root, socketPrefix)); err != nil || barrier != "" || len(root) > maxSocketDir-20 {
		root = "/tmp"
	}
	dir, err := os.MkdirTemp(root, socketPrefix)
	if err != nil {
		return "", fmt.Errorf("make socket directory: %w", err)
	}
	if err := a.own(dir); err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

// removeSocketDir removes a socket directory, perhaps one named by the lock file of a cluster that
// was killed; the checks keep a spoiled lock file from naming anything else. A directory that
// cannot be removed harms nobody.
func removeSocketDir(dir string, a *account) {
	if !filepath.IsAbs(dir) || !strings.HasPrefix(filepath.Base(dir), socketPrefix) {
		return
	}
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid == a.userID() {
		_ = os.RemoveAll(dir)
	}
}
