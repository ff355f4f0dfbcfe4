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

// So is who has less time than that; who gave up is not.
func TestWhoIsAwayIsAwayForTheHastyToo(t *testing.T) {
	client := reaching(t, filepath.Join(t.TempDir(), "nobody"), time.Minute)
	for reason, end := range map[string]func() (context.Context, context.CancelFunc){
		"UNAVAILABLE": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		},
		"CANCELED": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			return ctx, cancel
		},
	} {
		ctx, cancel := end()
		if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); !fault.Is(err, reason) || !errors.Is(err, ctx.Err()) {
			t.Errorf("%s: got %v", reason, err)
		}
		cancel()
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
