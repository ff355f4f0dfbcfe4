package lifecycle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// scratchPrefix is not the "baoxue-scratch-" of versions that locked a file within: neither takes a
// folder of the other for one of the dead.
const scratchPrefix = "baoxue-temp-"

// Scratch is a folder for files that must not outlive the process: what a process that was
// killed left in its own is removed by the next that opens one beside it.
type Scratch struct {
	// Dir is the folder; only its owner may enter it.
	Dir string
	// hold has the lock on the folder itself, which also keeps systemd-tmpfiles from taking what
	// it has not seen used for days.
	hold *os.File
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
	for {
		dir, err := os.MkdirTemp(root, scratchPrefix)
		if err != nil {
			return nil, fmt.Errorf("scratch folder: %w", err)
		}
		hold, err := holdFolder(dir)
		if errors.Is(err, ErrHeld) {
			continue // Another process that starts right now took the new folder for one of the dead.
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("scratch folder: %w", err), os.RemoveAll(dir))
		}
		return &Scratch{Dir: dir, hold: hold}, nil
	}
}

// Close removes the folder.
func (s *Scratch) Close() error { return errors.Join(os.RemoveAll(s.Dir), s.hold.Close()) }

// sweepScratch removes the folders of the dead. Those of other users can't be removed, and
// are left alone.
func sweepScratch(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		err := removeDead(filepath.Join(root, e.Name()))
		if err != nil && !errors.Is(err, ErrHeld) && !errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("what a killed process left: %w", err)
		}
	}
	return nil
}

func removeDead(dir string) error {
	hold, err := holdFolder(dir)
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(dir), hold.Close())
}

// holdFolder locks the folder until the file is closed or the process ends. The error wraps
// ErrHeld if somebody else has it, or has just removed it: who opened it before and locked it
// after that has the lock of a folder that is no longer there.
func holdFolder(dir string) (*os.File, error) {
	hold, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrHeld
	}
	if err != nil {
		return nil, err
	}
	if err := lockStill(hold, dir); err != nil {
		return nil, errors.Join(err, hold.Close())
	}
	return hold, nil
}

func lockStill(folder *os.File, path string) error {
	err := flock(folder, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	locked, err := folder.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(locked, named) {
		return ErrHeld
	}
	return nil
}
