package rpc

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

func reaching(t *testing.T, socket string, within time.Duration) authv1.AuthServiceClient {
	t.Helper()
	conn, err := Dial("unix:"+socket, ClientOptions{Token: Anonymous, ReachWithin: within})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return authv1.NewAuthServiceClient(conn)
}

// Who calls a service that is not there is told so while there is time left, and not that it took too long.
func TestWhoIsAwayIsNotWaitedForUntilTheDeadline(t *testing.T) {
	client := reaching(t, filepath.Join(t.TempDir(), "nobody"), 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := client.GetMe(ctx, &authv1.GetMeRequest{})
	if f := fault.As(err); f == nil || f.Kind != fault.Unavailable || f.Reason != "UNAVAILABLE" {
		t.Errorf("got %v", err)
	}
	if ctx.Err() != nil {
		t.Error("waited until the deadline")
	}
}

// The caller's own deadline is told as such.
func TestAShorterDeadlineIsADeadline(t *testing.T) {
	client := reaching(t, filepath.Join(t.TempDir(), "nobody"), time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); !fault.Is(err, "DEADLINE_EXCEEDED") || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A service that is started again meanwhile answers, and nobody is told of it.
func TestWhoComesBackIsWaitedFor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	client := reaching(t, socket, time.Minute)
	answered := make(chan error, 1)
	go func() {
		_, err := client.GetMe(t.Context(), &authv1.GetMeRequest{})
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("answered %v by nobody", err)
	case <-time.After(300 * time.Millisecond):
	}
	_, stop := instanceAt(t, socket)
	defer stop()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
