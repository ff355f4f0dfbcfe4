package privatepg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// ErrNotInstalled says, in one line, what to install.
var ErrNotInstalled = errors.New("PostgreSQL 15 or newer is not installed: " +
	"install Debian's package postgresql-15 (apt-get install postgresql-15)")

const (
	oldestVersion = 15
	// versionFile in a data directory holds the major version that made it.
	versionFile = "PG_VERSION"
)

// findBinaries returns the directory with initdb and postgres. Where several versions are
// installed, the one that made dataDir comes first: no other can read it.
func findBinaries(ctx context.Context, dataDir string) (string, error) {
	return search(ctx, "/usr/lib/postgresql", dataDir)
}

func search(ctx context.Context, debian, dataDir string) (string, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		if err := check(ctx, dir); err != nil {
			return "", fmt.Errorf("PG_BIN=%s: %w", dir, err)
		}
		return dir, nil
	}
	if dir := newest(debian, majorOf(dataDir)); dir != "" {
		return dir, nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		// Usually a link: initdb looks for its share files beside the real one.
		if path, err = filepath.EvalSymlinks(path); err == nil && check(ctx, filepath.Dir(path)) == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", ErrNotInstalled
}

func newest(debian string, preferred int) string {
	dirs, err := filepath.Glob(filepath.Join(debian, "*", "bin"))
	if err != nil {
		return ""
	}
	best, bestVersion := "", 0
	for _, dir := range dirs {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if err != nil || version < oldestVersion || !complete(dir) {
			continue
		}
		if version == preferred {
			return dir
		}
		if version > bestVersion {
			best, bestVersion = dir, version
		}
	}
	return best
}

func majorOf(dataDir string) int {
	content, err := os.ReadFile(filepath.Join(dataDir, versionFile))
	if err != nil {
		return 0
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return version
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// check makes sure that dir, whose name says nothing about its version, will do.
func check(ctx context.Context, dir string) error {
	if !complete(dir) {
		return errors.New("initdb and postgres are not both there")
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("postgres --version: %w", err)
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return fmt.Errorf("postgres --version answered %q", out)
	}
	if version, err := strconv.Atoi(string(match[1])); err != nil || version < oldestVersion {
		return fmt.Errorf("version %s is too old, %d or newer is needed", match[1], oldestVersion)
	}
	return nil
}
