package testkit

import (
	"context"
	"net"
	"path/filepath"
	"testing"
)

// Server serves until its context ends.
type Server interface {
	Serve(ctx context.Context, listener net.Listener) error
}

// Serve runs a server on a socket of its own until the test ends, and returns the address for
// gRPC to dial.
func Serve(t testing.TB, s Server) (address string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "unix://" + path
}
