package rpc

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type logBuffer struct{ lines chan string }

func (b logBuffer) Write(p []byte) (int, error) {
	select {
	case b.lines <- string(p):
	default:
	}
	return len(p), nil
}

type authenticator map[string]Identity

func (a authenticator) Authenticate(_ context.Context, token string) (Identity, error) {
	id, ok := a[token]
	if !ok {
		return id, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "登录状态无效")
	}
	id.Token = token
	return id, nil
}

type authService struct {
	authv1.UnimplementedAuthServiceServer
	getMe func(context.Context) (*authv1.GetMeResponse, error)
}

func (s authService) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	return s.getMe(ctx)
}

func (authService) Login(context.Context, *authv1.LoginRequest) (*authv1.LoginResponse, error) {
	return &authv1.LoginResponse{}, nil
}

var county = Identity{Subject: "u1", Name: "Wang", Level: commonv1.Level_LEVEL_COUNTY, Region: "330106"}

// serve starts a server on a socket of its own and returns a plain client.
func serve(t *testing.T, getMe func(context.Context) (*authv1.GetMeResponse, error)) (client authv1.AuthServiceClient, logs chan string) {
	t.Helper()
	logs = make(chan string, 100)
	log := slog.New(slog.NewJSONHandler(logBuffer{logs}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := NewServer(ServerOptions{
		Log: log, Authenticator: authenticator{"county": county, "service": {Subject: "service:x", Scopes: []string{"internal"}}},
	}, func(r grpc.ServiceRegistrar) { authv1.RegisterAuthServiceServer(r, authService{getMe: getMe}) })
	if err != nil {
		t.Fatal(err)
	}
	conn, err := Dial(testkit.Serve(t, server), ClientOptions{Token: tokenOf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return authv1.NewAuthServiceClient(conn), logs
}

type tokenKey struct{}

func tokenOf(ctx context.Context) (string, error) {
	token, _ := ctx.Value(tokenKey{}).(string)
	return token, nil
}

func as(token string) context.Context {
	return context.WithValue(context.Background(), tokenKey{}, token)
}

func TestLayersStandInOrder(t *testing.T) {
	layers, err := newLayers(ServerOptions{Log: slog.Default(), Registerer: noRegisterer{}}, rules{})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.name
	}
	want := []string{
		"recovery", "request id", "metrics", "log", "error mapping", "deadline", "authentication", "access rule", "validation",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("layers (-want +got):\n%s", diff)
	}
}

// The names could stand in order and the calls not: the first layer must be the
// outermost.
func TestTheFirstLayerIsOutermost(t *testing.T) {
	var trace []string
	s := &Server{}
	for _, name := range []string{"a", "b", "c"} {
		s.layers = append(s.layers, layer{name, func(ctx context.Context, _ *call, next func(context.Context) error) error {
			trace = append(trace, name+" in")
			err := next(ctx)
			trace = append(trace, name+" out")
			return err
		}})
	}
	if err := s.run(context.Background(), &call{}, func(context.Context) error { trace = append(trace, "handler"); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"a in", "b in", "c in", "handler", "c out", "b out", "a out"}
	if diff := cmp.Diff(want, trace); diff != "" {
		t.Fatal(diff)
	}
}

// gRPC's reflection service declares no access rule in its proto: to us it is a
// service that somebody forgot to protect.
func TestAServerWithAnUndeclaredMethodDoesNotStart(t *testing.T) {
	_, err := NewServer(ServerOptions{Log: slog.Default(), Authenticator: authenticator{}}, func(r grpc.ServiceRegistrar) {
		reflectionv1.RegisterServerReflectionServer(r, reflectionv1.UnimplementedServerReflectionServer{})
	})
	if err == nil || !strings.Contains(err.Error(), "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo declares no access rule") {
		t.Fatalf("got %v", err)
	}
}

func TestARuleNamesExactlyOneWayIn(t *testing.T) {
	for _, c := range []struct {
		rule *commonv1.AccessRule
		want bool
	}{
		{&commonv1.AccessRule{}, false},
		{&commonv1.AccessRule{Anonymous: true}, true},
		{&commonv1.AccessRule{Scopes: []string{"internal"}}, true},
		{&commonv1.AccessRule{Levels: []commonv1.Level{commonv1.Level_LEVEL_CITY}}, true},
		{&commonv1.AccessRule{Anonymous: true, Scopes: []string{"x"}}, false},
		{&commonv1.AccessRule{Levels: []commonv1.Level{commonv1.Level_LEVEL_UNSPECIFIED}}, false},
	} {
		if got := declares(c.rule); got != c.want {
			t.Errorf("declares(%v) = %t", c.rule, got)
		}
	}
}

func TestAccess(t *testing.T) {
	client, _ := serve(t, func(ctx context.Context) (*authv1.GetMeResponse, error) {
		return &authv1.GetMeResponse{User: &authv1.User{Id: IdentityFrom(ctx).Subject}}, nil
	})
	for _, c := range []struct{ token, reason string }{
		{"county", ""}, {"", "UNAUTHENTICATED"}, {"forged", "UNAUTHENTICATED"}, {"service", "PERMISSION_DENIED"},
	} {
		resp, err := client.GetMe(as(c.token), &authv1.GetMeRequest{})
		if c.reason == "" {
			if err != nil || resp.GetUser().GetId() != "u1" {
				t.Errorf("%q: %v, %v", c.token, resp, err)
			}
			continue
		}
		if !fault.Is(err, c.reason) {
			t.Errorf("%q: got %v, want %s", c.token, err, c.reason)
		}
	}
	if _, err := client.Login(as("forged"), &authv1.LoginRequest{Username: "a", Password: "b"}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("a forged token passed at an anonymous method: %v", err)
	}
}

func TestARefusalIsToldWhereItIsMade(t *testing.T) {
	denied := fault.New(fault.Denied, "PERMISSION_DENIED", "不行")
	rule := rules{"m": {Scopes: []string{"internal"}}}
	for name, test := range map[string]struct {
		id     Identity
		answer error
		want   int
	}{
		"by the rule":          {county, nil, 1},
		"of nobody":            {Identity{}, nil, 0},
		"by the method":        {Identity{Subject: "service:x", Scopes: []string{"internal"}}, denied.Because(errors.New("why")), 1},
		"by another service":   {Identity{Subject: "service:x", Scopes: []string{"internal"}}, FaultFromError(statusFromFault(denied, "").Err()), 0},
		"of what is not there": {Identity{Subject: "service:x", Scopes: []string{"internal"}}, fault.New(fault.NotFound, "NOT_FOUND", ""), 0},
		"of nothing":           {Identity{Subject: "service:x", Scopes: []string{"internal"}}, nil, 0},
	} {
		told := 0
		layer := accessRule(rule, func(context.Context, string, error) { told++ })
		err := layer.around(t.Context(), &call{method: "m", identity: test.id}, func(context.Context) error { return test.answer })
		if told != test.want || test.want > 0 && err == nil {
			t.Errorf("a refusal %s was told %d times: %v", name, told, err)
		}
	}
}

func TestAnUnknownCauseStaysInTheLog(t *testing.T) {
	client, logs := serve(t, func(context.Context) (*authv1.GetMeResponse, error) {
		return nil, errors.New("password of db is hunter2")
	})
	ctx := metadata.AppendToOutgoingContext(as("county"), RequestIDHeader, "req-1")
	_, err := client.GetMe(ctx, &authv1.GetMeRequest{})
	s := status.Convert(errors.Unwrap(fault.As(err)))
	if s.Code() != codes.Internal || strings.Contains(s.String(), "hunter2") {
		t.Fatalf("got %v", s)
	}
	var id string
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.RequestInfo); ok {
			id = info.GetRequestId()
		}
	}
	if id != "req-1" {
		t.Fatalf("request id %q", id)
	}
	line := <-logs
	for !strings.Contains(line, `"msg":"call"`) {
		line = <-logs
	}
	for _, want := range []string{"hunter2", "req-1", "GetMe", `"level":"ERROR"`} {
		if !strings.Contains(line, want) {
			t.Errorf("log line without %s: %s", want, line)
		}
	}
}

func TestAPanicIsAnInternalError(t *testing.T) {
	client, logs := serve(t, func(context.Context) (*authv1.GetMeResponse, error) { panic("secret place") })
	_, err := client.GetMe(as("county"), &authv1.GetMeRequest{})
	f := fault.As(err)
	if f == nil || f.Reason != "INTERNAL" || strings.Contains(f.Error(), "secret") {
		t.Fatalf("got %v", err)
	}
	if line := <-logs; !strings.Contains(line, "secret place") {
		t.Fatalf("log: %s", line)
	}
}

func TestAFaultArrivesAsItWasMade(t *testing.T) {
	made := &fault.Error{
		Kind: fault.Conflict, Reason: "REVISION_CONFLICT", Message: "李四已更新", Metadata: map[string]string{"revision": "2"},
		Violations: []fault.Violation{{Field: "enrolled.code", Reason: "REQUIRED", Message: "请选择"}},
	}
	client, _ := serve(t, func(context.Context) (*authv1.GetMeResponse, error) { return nil, made })
	_, err := client.GetMe(as("county"), &authv1.GetMeRequest{})
	got := fault.As(err)
	if got == nil || got.Kind != made.Kind || got.Reason != made.Reason || got.Message != made.Message ||
		!cmp.Equal(got.Violations, made.Violations) || !cmp.Equal(got.Metadata, made.Metadata) {
		t.Fatalf("got %#v", got)
	}
	if again := fault.As(FaultFromError(err)); again != got {
		t.Errorf("read once more it is %#v", again)
	}
}

func TestTheDeadlineIsSetWhereNoneIs(t *testing.T) {
	client, _ := serve(t, func(ctx context.Context) (*authv1.GetMeResponse, error) {
		if _, set := ctx.Deadline(); !set {
			return nil, errors.New("no deadline")
		}
		return &authv1.GetMeResponse{}, nil
	})
	if _, err := client.GetMe(as("county"), &authv1.GetMeRequest{}); err != nil {
		t.Fatal(err)
	}
}

func TestARequestIDFromOutsideCannotForgeALogLine(t *testing.T) {
	if got := AcceptRequestID("a\nlevel=ERROR"); strings.Contains(got, "\n") || got == "" {
		t.Fatalf("accepted %q", got)
	}
	if got := AcceptRequestID("req-1"); got != "req-1" {
		t.Fatalf("got %q", got)
	}
}

func TestServeEndsInOrder(t *testing.T) {
	started := make(chan struct{})
	client, _ := serve(t, func(ctx context.Context) (*authv1.GetMeResponse, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(as("county"), time.Second)
	defer cancel()
	go func() { <-started; cancel() }()
	if _, err := client.GetMe(ctx, &authv1.GetMeRequest{}); fault.As(err) == nil {
		t.Fatalf("got %v", err)
	}
}

// What nobody classified is our fault, unless what the server needs can't serve now: then the caller comes again.
func TestWhatCannotServeNowIsUnavailable(t *testing.T) {
	down := errors.New("dial 10.0.0.1: refused")
	for want, err := range map[string]error{"UNAVAILABLE": down, "INTERNAL": errors.New("other"), "NOT_FOUND": fault.New(fault.NotFound, "NOT_FOUND", "没有").Because(down)} {
		mapping := errorMapping(func(err error) bool { return errors.Is(err, down) })
		told := FaultFromError(mapping.around(t.Context(), &call{}, func(context.Context) error { return err }))
		if f := fault.As(told); f == nil || f.Reason != want || strings.Contains(f.Message, "10.0.0.1") {
			t.Errorf("%v, want %s", told, want)
		}
	}
}
