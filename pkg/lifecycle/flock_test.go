package lifecycle_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"baoxue.internal/pkg/lifecycle"
)

func TestFlockHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	winner, err := lifecycle.Flock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := winner.WriteInfo("a much longer first line"); err != nil {
		t.Fatal(err)
	}
	if err := winner.WriteInfo("http://127.0.0.1:8080"); err != nil {
		t.Fatal(err)
	}

	_, err = lifecycle.Flock(path)
	var held *lifecycle.HeldError
	if !errors.As(err, &held) || !errors.Is(err, lifecycle.ErrHeld) {
		t.Fatalf("got %v", err)
	}
	if held.Info != "http://127.0.0.1:8080" || held.Path != path {
		t.Fatalf("got %+v", held)
	}

	if err := winner.Release(); err != nil {
		t.Fatal(err)
	}
	next, err := lifecycle.Flock(path)
	if err != nil {
		t.Fatal(err)
	}
	if next.PreviousInfo() != "" {
		t.Fatalf("a released lock keeps no info, got %q", next.PreviousInfo())
	}
	if err := next.Release(); err != nil {
		t.Fatal(err)
	}
}

// TestWaitFlockHasItsTurn shows that who waits gets the lock when it is given up, and not before.
func TestWaitFlockHasItsTurn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := lifecycle.Flock(path)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lifecycle.WaitFlock(ended, path); !errors.Is(err, lifecycle.ErrHeld) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}

	type turn struct {
		lock *lifecycle.Lock
		err  error
	}
	turns := make(chan turn)
	go func() {
		lock, err := lifecycle.WaitFlock(t.Context(), path)
		turns <- turn{lock, err}
	}()
	select {
	case got := <-turns:
		t.Fatalf("got %+v while it was held", got)
	case <-time.After(100 * time.Millisecond):
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second := <-turns
	if second.err != nil {
		t.Fatal(second.err)
	}
	if err := second.lock.Release(); err != nil {
		t.Fatal(err)
	}
}

// TestFlockIsFreeAfterKill shows that a killed holder blocks nobody, and what it had written.
func TestFlockIsFreeAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if os.Getenv("LIFECYCLE_HOLD") != "" {
		holdUntilKilled(t, os.Getenv("LIFECYCLE_HOLD"))
	}
	child := exec.Command(os.Args[0], "-test.run=^TestFlockIsFreeAfterKill$")
	child.Env = append(os.Environ(), "LIFECYCLE_HOLD="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close() //nolint:errcheck // closed to end the child
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := lifecycle.Flock(path); !errors.Is(err, lifecycle.ErrHeld) {
		t.Fatalf("got %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child was to be killed")
	}
	lock, err := lifecycle.Flock(path)
	if err != nil {
		t.Fatal(err)
	}
	if lock.PreviousInfo() != "held" {
		t.Fatalf("got %q", lock.PreviousInfo())
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func holdUntilKilled(t *testing.T, path string) {
	lock, err := lifecycle.Flock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.WriteInfo("held"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdout.WriteString("locked\n"); err != nil {
		t.Fatal(err)
	}
	// Ends with the parent, should that die before it kills this process.
	_, _ = io.Copy(io.Discard, os.Stdin)
}
