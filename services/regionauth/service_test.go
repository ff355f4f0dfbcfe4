package regionauth_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	serviceSecret   = "between services"
	bootstrapSecret = "first user"
	secretPassword  = "correct horse battery"
)

// house is a regionauth served on a socket of its own, through the real
// interceptors.
type house struct {
	service *regionauth.Service
	target  string
	dsn     string
	clock   *clock
	events  *bus.Bus
}

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var quiet = slog.New(slog.DiscardHandler)

func serve(t *testing.T, changes ...func(*regionauth.Config)) *house {
	t.Helper()
	h := &house{dsn: testkit.Database(t, "regionauth", regionauth.Migrate), clock: &clock{at: time.Now()}}
	broker, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: t.TempDir(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	if h.events, err = bus.Connect(testkit.Context(t), bus.Options{Server: broker, Name: "test", Log: quiet}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.events.Close)
	h.start(t, changes...)
	return h
}

// start starts one more process on the same database; h is of the newest.
func (h *house) start(t *testing.T, changes ...func(*regionauth.Config)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	h.target = "unix://" + path
	h.startAt(t, listener, nil, changes...)
}

// startTLS is start on a network address, secured.
func (h *house) startTLS(t *testing.T, transport credentials.TransportCredentials) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.target = listener.Addr().String()
	h.startAt(t, listener, transport)
}

func (h *house) startAt(t *testing.T, listener net.Listener, transport credentials.TransportCredentials, changes ...func(*regionauth.Config)) {
	t.Helper()
	config := regionauth.Config{
		Keys:        testkit.Master(t),
		DatabaseURL: h.dsn, Bus: h.events, Log: quiet, ServiceSecret: serviceSecret, BootstrapSecret: bootstrapSecret, Now: h.clock.now,
	}
	for _, change := range changes {
		change(&config)
	}
	service, err := regionauth.New(testkit.Context(t), config)
	if err != nil {
		t.Fatal(err)
	}
	h.service = service
	t.Cleanup(service.Close)
	// It fails when a method declares no access rule.
	server, err := rpc.NewServer(rpc.ServerOptions{
		Log: quiet, Authenticator: token.NewVerifierAt(service.KeySource(), service.RevocationSource(), h.clock.now), Credentials: transport,
	}, service.Register)
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's context: that has ended when the clients are closed.
	serving, stop := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- server.Serve(serving, listener) }()
	go func() { done <- service.Run(serving) }()
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// as returns a connection that sends the token; "" sends none.
func (h *house) as(t *testing.T, access string) *grpc.ClientConn {
	t.Helper()
	conn, err := rpc.Dial(h.target, rpc.ClientOptions{Token: func(context.Context) (string, error) { return access, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (h *house) auth(t *testing.T, access string) authv1.AuthServiceClient {
	return authv1.NewAuthServiceClient(h.as(t, access))
}

// province bootstraps the first user and logs in.
func (h *house) province(t *testing.T) *authv1.LoginResponse {
	t.Helper()
	ctx, auth := testkit.Context(t), h.auth(t, "")
	if _, err := auth.Bootstrap(ctx, &authv1.BootstrapRequest{
		Secret: bootstrapSecret, Username: "zhejiang", Password: secretPassword, DisplayName: "浙江省教育厅",
	}); err != nil {
		t.Fatal(err)
	}
	login, err := auth.Login(ctx, &authv1.LoginRequest{Username: "zhejiang", Password: secretPassword})
	if err != nil {
		t.Fatal(err)
	}
	return login
}

func (h *house) disable(t *testing.T, username string) {
	t.Helper()
	ctx := testkit.Context(t)
	conn, err := pgx.Connect(ctx, h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // the test's database goes with it
	if _, err := conn.Exec(ctx, "UPDATE users SET disabled_at = now() WHERE username = $1", username); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || f.Reason != reason {
		t.Errorf("%s: got %v, want %s", what, err, reason)
	}
}

func TestALoginLivesUntilItsRefreshTokenComesTwice(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	if login.GetExpiresIn() != 15*60 || login.GetUser().GetRegionName() != "浙江省" {
		t.Errorf("login: %v", login)
	}
	me, err := h.auth(t, login.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{})
	if err != nil || me.GetUser().GetUsername() != "zhejiang" || me.GetUser().GetLevel() != commonv1.Level_LEVEL_PROVINCE {
		t.Fatalf("%v, %v", me, err)
	}
	auth := h.auth(t, "")
	first := login.GetRefreshToken()
	second, err := auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: first})
	if err != nil || second.GetRefreshToken() == first {
		t.Fatalf("%v, %v", second, err)
	}
	if _, err := h.auth(t, second.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{}); err != nil {
		t.Errorf("the new access token: %v", err)
	}
	_, err = auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: first})
	refused(t, "a refresh token twice", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err = auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: second.GetRefreshToken()})
	refused(t, "the rest of its family", err, fault.Unauthenticated, "TOKEN_EXPIRED")
}

func TestLogoutEndsTheLogin(t *testing.T) {
	h := serve(t)
	ctx, login, auth := testkit.Context(t), h.province(t), h.auth(t, "")
	for range 2 {
		if _, err := auth.Logout(ctx, &authv1.LogoutRequest{RefreshToken: login.GetRefreshToken()}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: login.GetRefreshToken()})
	refused(t, "after logout", err, fault.Unauthenticated, "TOKEN_EXPIRED")
}

func TestNobodyLearnsWhichNamesExist(t *testing.T) {
	h := serve(t)
	login := h.province(t)
	ctx, auth := testkit.Context(t), h.auth(t, "")
	var texts []string
	try := func(username, password string) {
		_, err := auth.Login(ctx, &authv1.LoginRequest{Username: username, Password: password})
		refused(t, username, err, fault.Unauthenticated, "CREDENTIALS_INVALID")
		if f := fault.As(err); f != nil {
			texts = append(texts, f.Message)
		}
	}
	try("zhejiang", "wrong password")
	try("nobody", secretPassword)
	try("nobody's name\x7f", secretPassword)
	if _, err := auth.Login(ctx, &authv1.LoginRequest{Username: " ZheJiang ", Password: secretPassword}); err != nil {
		t.Errorf("a name is the same in capitals: %v", err)
	}
	h.disable(t, "zhejiang")
	try("zhejiang", secretPassword)
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("told apart: %v", texts)
	}
	_, err := auth.Login(ctx, &authv1.LoginRequest{Username: "what no table can hold\x00", Password: secretPassword})
	refused(t, "what no table can hold", err, fault.Invalid, "INVALID_REQUEST")
	_, err = auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: login.GetRefreshToken()})
	refused(t, "a disabled user's refresh", err, fault.Unauthenticated, "TOKEN_EXPIRED")
	_, err = h.auth(t, login.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{})
	refused(t, "a disabled user", err, fault.Unauthenticated, "UNAUTHENTICATED")
}

func TestBootstrapWorksOnce(t *testing.T) {
	h := serve(t)
	ctx, auth := testkit.Context(t), h.auth(t, "")
	request := func(secret, username string) *authv1.BootstrapRequest {
		return &authv1.BootstrapRequest{Secret: secret, Username: username, Password: secretPassword, DisplayName: "厅"}
	}
	_, err := auth.Bootstrap(ctx, request("wrong", "zhejiang"))
	refused(t, "wrong secret", err, fault.Denied, "BOOTSTRAP_REFUSED")
	_, err = auth.Bootstrap(ctx, request(bootstrapSecret, "?"))
	refused(t, "an impossible user", err, fault.Invalid, "INVALID_REQUEST")
	resp, err := auth.Bootstrap(ctx, request(bootstrapSecret, "zhejiang"))
	if err != nil || resp.GetUser().GetLevel() != commonv1.Level_LEVEL_PROVINCE || resp.GetUser().GetRegionCode() != "330000" {
		t.Fatalf("%v, %v", resp, err)
	}
	for _, username := range []string{"zhejiang", "second", "?"} {
		_, err = auth.Bootstrap(ctx, request(bootstrapSecret, username))
		refused(t, "again, as "+username, err, fault.Denied, "BOOTSTRAP_REFUSED")
	}
}

func TestBootstrapWithoutASecretIsRefused(t *testing.T) {
	ctx := testkit.Context(t)
	service, err := regionauth.New(ctx, regionauth.Config{
		Keys:        testkit.Master(t),
		DatabaseURL: testkit.Database(t, "regionauth", regionauth.Migrate), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	r := registrar{}
	service.Register(r)
	auth := r["baoxue.auth.v1.AuthService"].(authv1.AuthServiceServer) //nolint:forcetypeassert // registered as such
	_, err = auth.Bootstrap(ctx, &authv1.BootstrapRequest{Username: "zhejiang", Password: secretPassword, DisplayName: "厅"})
	refused(t, "empty secret", err, fault.Denied, "BOOTSTRAP_REFUSED")
	_, err = auth.IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: "ledger"})
	refused(t, "empty service secret", err, fault.Unauthenticated, "CREDENTIALS_INVALID")
}

// registrar keeps what is registered, to call it without the layers that would
// refuse the request before.
type registrar map[string]any

func (r registrar) RegisterService(d *grpc.ServiceDesc, s any) { r[d.ServiceName] = s }

func TestForeignTokensAreRefused(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	keys, err := h.auth(t, "").ListSigningKeys(ctx, &authv1.ListSigningKeysRequest{})
	if err != nil || len(keys.GetKeys()) != 1 {
		t.Fatalf("%v, %v", keys, err)
	}
	kid := keys.GetKeys()[0].GetId()
	identity := rpc.Identity{Subject: login.GetUser().GetId(), Level: commonv1.Level_LEVEL_PROVINCE, Region: "330000", Roles: []commonv1.Role{commonv1.Role_ROLE_ADMINISTRATOR}}
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(key ed25519.PrivateKey, id string, at time.Time) string {
		signed, err := token.Sign(key, id, identity, at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	parts := strings.Split(login.GetAccessToken(), ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT","kid":"`+kid+`"}`)) + "." + parts[1] + "."
	for name, raw := range map[string]string{
		"another key under our id": sign(foreign, kid, time.Now()),
		"an unknown key":           sign(foreign, "theirs", time.Now()),
		"alg none":                 unsigned,
		"the signature cut off":    parts[0] + "." + parts[1] + ".",
		"no token":                 "x",
	} {
		_, err := h.auth(t, raw).GetMe(ctx, &authv1.GetMeRequest{})
		refused(t, name, err, fault.Unauthenticated, "UNAUTHENTICATED")
	}
}

// The service's own key, so that nothing but the time is wrong.
func TestAnExpiredTokenIsRefused(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	pool, err := pgxpool.New(ctx, h.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var kid string
	var sealed []byte
	if err := pool.QueryRow(ctx, "SELECT id, seed_sealed FROM signing_keys").Scan(&kid, &sealed); err != nil {
		t.Fatal(err)
	}
	seed, err := testkit.Keyring(t, pool).Unseal(sealed, "regionauth signing key "+kid)
	if err != nil {
		t.Fatal(err)
	}
	identity := rpc.Identity{Subject: login.GetUser().GetId(), Level: commonv1.Level_LEVEL_PROVINCE, Region: "330000", Roles: []commonv1.Role{commonv1.Role_ROLE_ADMINISTRATOR}}
	for age, want := range map[time.Duration]string{0: "", time.Hour: "TOKEN_EXPIRED"} {
		signed, err := token.Sign(ed25519.NewKeyFromSeed([]byte(seed)), kid, identity, time.Now().Add(-age), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.auth(t, signed).GetMe(ctx, &authv1.GetMeRequest{})
		if want == "" {
			if err != nil {
				t.Errorf("a fresh one: %v", err)
			}
			continue
		}
		refused(t, "an old one", err, fault.Unauthenticated, want)
	}
}

func TestServicesGetTokensOfTheirOwn(t *testing.T) {
	h := serve(t)
	ctx, auth := testkit.Context(t), h.auth(t, "")
	for _, name := range []string{"ledger", "verification", "reporting", "gateway"} {
		resp, err := auth.IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: name, Secret: serviceSecret})
		if err != nil || resp.GetExpiresIn() != 15*60 {
			t.Fatalf("%s: %v, %v", name, resp, err)
		}
		id, err := token.NewVerifier(h.service.KeySource(), h.service.RevocationSource()).Authenticate(ctx, resp.GetAccessToken())
		if err != nil || id.Subject != "service:"+name || !slices.Equal(id.Scopes, []string{"internal"}) || id.Level != 0 {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
	for _, r := range []*authv1.IssueServiceTokenRequest{
		{Service: "ledger", Secret: "wrong"},
		{Service: "somebody", Secret: serviceSecret},
	} {
		_, err := auth.IssueServiceToken(ctx, r)
		refused(t, r.GetService(), err, fault.Unauthenticated, "CREDENTIALS_INVALID")
	}
	// A service is no user: it may resolve regions, and has no business with people.
	resp, err := auth.IssueServiceToken(ctx, &authv1.IssueServiceTokenRequest{Service: "ledger", Secret: serviceSecret})
	if err != nil {
		t.Fatal(err)
	}
	conn := h.as(t, resp.GetAccessToken())
	resolved, err := regionv1.NewRegionServiceClient(conn).ResolveRegions(ctx, &regionv1.ResolveRegionsRequest{Codes: []string{"330103", ""}})
	if err != nil || len(resolved.GetResolutions()) != 2 || resolved.GetResolutions()[0].GetCountyCode() != "330105" ||
		resolved.GetResolutions()[1].GetReason() != regionv1.RegionResolution_REASON_MISSING {
		t.Errorf("%v, %v", resolved, err)
	}
	_, err = authv1.NewUserServiceClient(conn).ListUsers(ctx, &authv1.ListUsersRequest{})
	refused(t, "a service listing users", err, fault.Denied, "PERMISSION_DENIED")
}

func TestRegionsAreAnsweredAsOfADay(t *testing.T) {
	h := serve(t)
	ctx, login := testkit.Context(t), h.province(t)
	regions := regionv1.NewRegionServiceClient(h.as(t, login.GetAccessToken()))
	for asOf, want := range map[string]int{"2019-07-31": 100, "": 101} {
		resp, err := regions.ListRegions(ctx, &regionv1.ListRegionsRequest{Parent: "330000", AsOf: asOf, Recursive: true})
		if err != nil || len(resp.GetRegions()) != want {
			t.Errorf("as of %q: %d regions, %v", asOf, len(resp.GetRegions()), err)
		}
	}
	_, err := regions.ListRegions(ctx, &regionv1.ListRegionsRequest{AsOf: "2019-02-30"})
	refused(t, "no such day", err, fault.Invalid, "INVALID_REQUEST")
	got, err := regions.GetRegion(ctx, &regionv1.GetRegionRequest{Code: "330103"})
	if r := got.GetRegion(); err != nil || r.GetFullName() != "浙江省杭州市下城区" || r.GetValidTo() != "2021-04" || !slices.Equal(r.GetSuccessors(), []string{"330105"}) {
		t.Errorf("%v, %v", r, err)
	}
	_, err = regions.GetRegion(ctx, &regionv1.GetRegionRequest{Code: "330199"})
	refused(t, "never valid", err, fault.NotFound, "NOT_FOUND")
}
