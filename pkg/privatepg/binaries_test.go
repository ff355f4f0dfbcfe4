package privatepg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNotInstalled(t *testing.T) {
	t.Setenv("PG_BIN", "")
	t.Setenv("PATH", t.TempDir())
	_, err := search(t.Context(), t.TempDir(), "")
	if !errors.Is(err, ErrNotInstalled) {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "apt-get install postgresql-15") {
		t.Fatalf("not one clear line: %q", text)
	}
}

func TestBinariesFromTheEnvironment(t *testing.T) {
	installed, err := findBinaries(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PG_BIN", installed)
	if got, err := search(t.Context(), t.TempDir(), ""); err != nil || got != installed {
		t.Errorf("PG_BIN: got %q, %v", got, err)
	}
	t.Setenv("PG_BIN", t.TempDir())
	if _, err := search(t.Context(), "/usr/lib/postgresql", ""); err == nil || !strings.Contains(err.Error(), "PG_BIN=") {
		t.Errorf("a wrong PG_BIN is not passed over in silence, got %v", err)
	}
	t.Setenv("PG_BIN", "")
	t.Setenv("PATH", installed)
	if got, err := search(t.Context(), t.TempDir(), ""); err != nil || got != installed {
		t.Errorf("PATH: got %q, %v", got, err)
	}

	old := fakeBinaries(t, filepath.Join(t.TempDir(), "bin"), "echo 'postgres (PostgreSQL) 14.9'")
	t.Setenv("PG_BIN", old)
	if _, err := search(t.Context(), t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "version 14 is too old") {
		t.Errorf("got %v", err)
	}
}

func TestNewestVersionUnlessTheDataIsOlder(t *testing.T) {
	debian, data := t.TempDir(), t.TempDir()
	for _, version := range []string{"9", "14", "15", "17", "next"} {
		fakeBinaries(t, filepath.Join(debian, version, "bin"), "")
	}
	if err := os.MkdirAll(filepath.Join(debian, "18", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PG_BIN", "")
	if got, err := search(t.Context(), debian, data); err != nil || got != filepath.Join(debian, "17", "bin") {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(data, versionFile), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := search(t.Context(), debian, data); err != nil || got != filepath.Join(debian, "15", "bin") {
		t.Errorf("got %q, %v", got, err)
	}
}

func fakeBinaries(t *testing.T, dir, script string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
