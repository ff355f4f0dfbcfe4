package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// ErrHeld is wrapped by every HeldError.
var ErrHeld = errors.New("held by another process")

// HeldError tells that another process holds the lock, and what that process wrote into it.
type HeldError struct {
	Path string
	// Info is what the holder gave to WriteInfo, such as the address where it can be reached.
	Info string
}

func (e *HeldError) Error() string {
	if e.Info == "" {
		return fmt.Sprintf("lock %s: %v", e.Path, ErrHeld)
	}
	return fmt.Sprintf("lock %s: %v (%s)", e.Path, ErrHeld, e.Info)
}

// Unwrap makes errors.Is(err, ErrHeld) true.
func (e *HeldError) Unwrap() error { return ErrHeld }

// Lock is an exclusive lock on a file. The kernel gives it up when the process dies, however it
// dies, so a lock never needs to be cleaned up by hand.
type Lock struct {
	file     *os.File
	previous string
}

// maxInfo bounds what is read from a lock file: info is a line or two.
const maxInfo = 4096

// Flock takes the lock on the file at path, creating the file when it is missing, and does not
// wait: if another process (or another Lock of this one) has it, the error is a *HeldError.
func Flock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		defer f.Close() //nolint:errcheck // the lock is what counts, and it is gone with the file
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &HeldError{Path: path, Info: readInfo(f)}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	l := &Lock{file: f, previous: readInfo(f)}
	// Whoever fails to get the lock from now on must not read the words of a dead holder.
	if err := l.WriteInfo(""); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// lookAgain is the pause between two tries for a lock that somebody else has.
const lookAgain = 50 * time.Millisecond

// WaitFlock is Flock for a lock that is held for moments: it waits until it has the lock or the context ends, and says
// then who had it.
func WaitFlock(ctx context.Context, path string) (*Lock, error) {
	for {
		lock, err := Flock(path)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		}
	}
}

// PreviousInfo is what the last holder had written if it died without Release; else empty.
func (l *Lock) PreviousInfo() string { return l.previous }

// WriteInfo replaces what others read when they find the lock held.
func (l *Lock) WriteInfo(info string) error {
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("clear lock file: %w", err)
	}
	if _, err := l.file.WriteAt([]byte(info), 0); err != nil {
		return fmt.Errorf("write lock file: %w", err)
	}
	return nil
}

// Release gives the lock up. The file stays: removing it would let two later processes lock two
// different files of the same name.
func (l *Lock) Release() error {
	err := errors.Join(l.WriteInfo(""), l.file.Close())
	if err != nil {
		return fmt.Errorf("release lock: %w", err)
	}
	return nil
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func readInfo(f *os.File) string {
	// Info only helps to word a message: a read error leaves it empty.
	content, _ := io.ReadAll(io.NewSectionReader(f, 0, maxInfo))
	return strings.TrimSpace(string(content))
}
