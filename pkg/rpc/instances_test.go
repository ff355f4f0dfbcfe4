package rpc

import (
	"context"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// instance serves until it is stopped, and counts its calls.
func instance(t *testing.T) (address string, calls *atomic.Int32, stop func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	calls, stop = instanceAt(t, path)
	return "unix:" + path, calls, stop
}

func instanceAt(t *testing.T, path string) (calls *atomic.Int32, stop func()) {
	t.Helper()
	calls = &atomic.Int32{}
	server := grpc.NewServer()
	authv1.RegisterAuthServiceServer(server, authService{getMe: func(context.Context) (*authv1.GetMeResponse, error) {
		calls.Add(1)
		return &authv1.GetMeResponse{}, nil
	}})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	stop = func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
	return calls, stop
}

// A name that stands for several instances leads to each of them, and when one is gone to those that are left.
func TestCallsGoToAllInstancesThatAreThere(t *testing.T) {
	one, callsOfOne, stopOne := instance(t)
	other, callsOfOther, stopOther := instance(t)
	name := manual.NewBuilderWithScheme("instances")
	name.InitialState(resolver.State{Endpoints: []resolver.Endpoint{
		{Addresses: []resolver.Address{{Addr: one}}}, {Addresses: []resolver.Address{{Addr: other}}},
	}})
	resolver.Register(name)
	conn, err := Dial("instances:///auth", ClientOptions{Token: Anonymous})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a client's connection
	client := authv1.NewAuthServiceClient(conn)
	call := func() error {
		_, err := client.GetMe(t.Context(), &authv1.GetMeRequest{})
		return err
	}
	// Whoever is connected first is called first.
	for callsOfOne.Load() == 0 || callsOfOther.Load() == 0 {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	stopOne()
	before := callsOfOther.Load()
	const more = 20
	var failed []error
	for range more {
		if err := call(); err != nil {
			failed = append(failed, err)
		}
	}
	// What was on its way to the one that is gone may have been done: it is not sent again.
	if got := callsOfOther.Load() - before; len(failed) > 1 || got < more-1 {
		t.Errorf("%d calls, %v", got, failed)
	}
	stopOther()
}
