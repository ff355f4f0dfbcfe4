package lifecycle_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
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
	dead, other := filepath.Join(root, "baoxue-temp-dead"), filepath.Join(root, "another-program")
	if err := errors.Join(os.WriteFile(kept, []byte("x"), 0o600), os.Mkdir(other, 0o700), os.Mkdir(dead, 0o700),
		os.WriteFile(filepath.Join(dead, "upload.xlsx"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	next, err := lifecycle.OpenScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the dead left is there: %v", err)
	}
	for _, path := range []string{kept, other} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("what others use is gone: %v", err)
		}
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

// Processes that start together, as after the machine's start, each take the others' new folders for what they are.
func TestScratchesOpenedTogether(t *testing.T) {
	root := t.TempDir()
	const together, rounds = 8, 50
	for range rounds {
		var all sync.WaitGroup
		for range together {
			all.Go(func() {
				own, err := lifecycle.OpenScratch(root)
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(own.Dir, "upload.xlsx"), []byte("x"), 0o600); err != nil {
					t.Error(err)
				}
				if err := own.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
