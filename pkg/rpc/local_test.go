package rpc

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// serveLocal starts a server and returns its client in the same process, and how to stop it.
func serveLocal(t *testing.T, source TokenSource, getMe func(context.Context) (*authv1.GetMeResponse, error)) (client authv1.AuthServiceClient, stop func()) {
	t.Helper()
	local := &Local{}
	server, err := NewServer(ServerOptions{
		Log: slog.New(slog.DiscardHandler), Authenticator: authenticator{"county": county}, Local: local,
	}, func(r grpc.ServiceRegistrar) { authv1.RegisterAuthServiceServer(r, authService{getMe: getMe}) })
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := lc.Listen(testkit.Context(t), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	conn, err := Dial("unix://"+socket, ClientOptions{Token: source, Local: local})
	if err != nil {
		t.Fatal(err)
	}
	client = authv1.NewAuthServiceClient(conn)
	// Over the socket, at the latest now it is served.
	if _, err := client.Login(testkit.Context(t), &authv1.LoginRequest{Username: "u", Password: "p"}); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		t.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() {
		stop()
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return client, stop
}

func anyCounty(context.Context) (string, error) { return "county", nil }

func TestALocalCallGoesThroughTheLayers(t *testing.T) {
	answer := &authv1.GetMeResponse{User: &authv1.User{Username: "wang"}}
	client, _ := serveLocal(t, tokenOf, func(ctx context.Context) (*authv1.GetMeResponse, error) {
		if id := IdentityFrom(ctx); id.Subject != county.Subject {
			t.Errorf("served as %+v", id)
		}
		return answer, nil
	})
	if _, err := client.GetMe(as(""), &authv1.GetMeRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("without a token: %v", err)
	}
	if _, err := client.GetMe(as("bad"), &authv1.GetMeRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("with a bad token: %v", err)
	}
	if _, err := client.Login(as(""), &authv1.LoginRequest{}); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("an empty login: %v", err)
	}
	got, err := client.GetMe(as("county"), &authv1.GetMeRequest{})
	if err != nil || !proto.Equal(got, answer) {
		t.Fatalf("%v, %v", got, err)
	}
	got.User.Username = "li"
	if answer.GetUser().GetUsername() != "wang" {
		t.Error("the client changed what the server keeps")
	}
}

// Who calls on while being served is somebody else to the other side, whatever the context
// carries.
func TestALocalCallCarriesNoIdentity(t *testing.T) {
	client, _ := serveLocal(t, Anonymous, func(context.Context) (*authv1.GetMeResponse, error) {
		t.Error("served")
		return nil, errors.New("served")
	})
	ctx := WithIdentity(metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer county")), county)
	if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("%v", err)
	}
}

func TestALocalCallEndsWithItsContext(t *testing.T) {
	client, _ := serveLocal(t, anyCounty, func(ctx context.Context) (*authv1.GetMeResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); !fault.Is(err, "DEADLINE_EXCEEDED") {
		t.Errorf("after its deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); fault.As(err) == nil || fault.As(err).Kind != fault.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAPanicStaysInTheLocalCall(t *testing.T) {
	client, _ := serveLocal(t, anyCounty, func(context.Context) (*authv1.GetMeResponse, error) { panic("no") })
	if _, err := client.GetMe(context.Background(), &authv1.GetMeRequest{}); fault.As(err) == nil || fault.As(err).Kind != fault.Internal {
		t.Errorf("%v", err)
	}
}

func TestAServerThatStopsWaitsForLocalCalls(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	client, stop := serveLocal(t, anyCounty, func(context.Context) (*authv1.GetMeResponse, error) {
		close(inside)
		<-goOn
		return &authv1.GetMeResponse{}, nil
	})
	answered := make(chan error, 1)
	go func() {
		_, err := client.GetMe(context.Background(), &authv1.GetMeRequest{})
		answered <- err
	}()
	<-inside
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	select {
	case <-stopped:
		t.Error("stopped before the call was answered")
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if err := <-answered; err != nil {
		t.Error(err)
	}
	<-stopped
}
