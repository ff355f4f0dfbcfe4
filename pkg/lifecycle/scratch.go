package lifecycle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	scratchPrefix = "baoxue-scratch-"
	scratchLock   = "lock"
	// unlockedFor is how long a folder may be without its lock: whoever makes one needs a
	// moment to lock it.
	unlockedFor = time.Minute
)

// Scratch is a folder for files that must not outlive the process: what a process that was
// killed left in its own is removed by the next that opens one beside it.
type Scratch struct {
	// Dir is the folder; only its owner may enter it.
	Dir  string
	lock *Lock
}

// OpenScratch makes a folder of its own below root, which is made if need be; "" is the
// system's folder for temporary files.
func OpenScratch(root string) (*Scratch, error) {
	if root == "" {
		root = os.TempDir()
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	if err := sweepScratch(root); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(root, scratchPrefix)
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	lock, err := Flock(filepath.Join(dir, scratchLock))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("scratch folder: %w", err), os.RemoveAll(dir))
	}
	return &Scratch{Dir: dir, lock: lock}, nil
}

// Close removes the folder.
func (s *Scratch) Close() error { return errors.Join(os.RemoveAll(s.Dir), s.lock.Release()) }

// sweepScratch removes the folders of the dead. Those of other users can't be entered, and
// are left alone.
func sweepScratch(root string) error {
	dirs, err := filepath.Glob(filepath.Join(root, scratchPrefix+"*"))
	if err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, scratchLock)
		if _, err := os.Stat(path); err != nil {
			if info, err := os.Stat(dir); err != nil || time.Since(info.ModTime()) < unlockedFor {
				continue
			}
		}
		lock, err := Flock(path)
		if err != nil {
			continue
		}
		if err := errors.Join(os.RemoveAll(dir), lock.Release()); err != nil {
			return fmt.Errorf("what a killed process left in %s: %w", dir, err)
		}
	}
	return nil
}
