package lifecycle_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"baoxue.internal/pkg/lifecycle"
)

func TestScratchLeavesNothingOfTheDead(t *testing.T) {
	root := filepath.Join(t.TempDir(), "scratch")
	living, err := lifecycle.OpenScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(living.Dir, "upload.xlsx")
	// A process that was killed: the folder is there, and nobody holds its lock.
	dead := filepath.Join(root, "baoxue-scratch-dead")
	if err := errors.Join(os.WriteFile(kept, []byte("x"), 0o600), os.Mkdir(dead, 0o700),
		os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600), os.WriteFile(filepath.Join(dead, "upload.xlsx"), []byte("x"), 0o600),
		// Somebody who has not got so far as to lock it.
		os.Mkdir(filepath.Join(root, "baoxue-scratch-new"), 0o700)); err != nil {
		t.Fatal(err)
	}
	next, err := lifecycle.OpenScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the dead left is there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("what the living uses is gone: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "baoxue-scratch-new")); err != nil {
		t.Errorf("what is just being made is gone: %v", err)
	}
	if info, err := os.Stat(next.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may enter: %v, %v", info, err)
	}
	for _, s := range []*lifecycle.Scratch{living, next} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(s.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("closed and still there: %v", err)
		}
	}
}
