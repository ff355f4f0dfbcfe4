package regionauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	"baoxue.internal/services/regionauth"
	"baoxue.internal/services/regionauth/internal/signon"
)

// bureau is an OpenID Connect provider, with people of its own.
type bureau struct {
	issuer string
	people *storage.Storage
}

const backTo = "https://ledger.example/signed-on"

func openBureau(t *testing.T) *bureau {
	t.Helper()
	var provider http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b := &bureau{issuer: server.URL}
	b.people = storage.NewStorageWithClients(storage.NewUserStore(b.issuer), map[string]*storage.Client{
		"baoxue": storage.WebClient("baoxue", "client secret", backTo),
	})
	var err error
	provider, err = op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true}, b.people, op.StaticIssuer(b.issuer), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bureau) config(c *regionauth.Config) {
	c.SignOn = signon.Config{Issuer: b.issuer, ClientID: "baoxue", ClientSecret: "client secret", RedirectURL: backTo, Claim: "sub"}
}

// visit is a person with a browser: it goes where it is sent, logs in there, and
// comes back with a code.
func (b *bureau) visit(t *testing.T, address, person string) (code, state string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	follow := func(address string) *url.URL {
		req, err := http.NewRequestWithContext(testkit.Context(t), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		next, err := resp.Location()
		if err != nil {
			t.Fatalf("%s: %s", address, resp.Status)
		}
		return next
	}
	login := follow(address).Query().Get("authRequestID")
	if err := b.people.CheckUsernamePassword(person, "verysecure", login); err != nil {
		t.Fatal(err)
	}
	back := follow(b.issuer + "/authorize/callback?id=" + login)
	if !strings.HasPrefix(back.String(), backTo) {
		t.Fatalf("sent back to %s", back)
	}
	return back.Query().Get("code"), back.Query().Get("state")
}

func TestAPersonSignsOnElsewhere(t *testing.T) {
	b := openBureau(t)
	h := serve(t, b.config)
	ctx, login := testkit.Context(t), h.province(t)
	users, auth := h.users(t, login.GetAccessToken()), h.auth(t, "")
	person := "test-user@" + strings.Split(strings.TrimPrefix(b.issuer, "http://"), ":")[0]
	start := func() (code, state string) {
		begun, err := auth.StartSignOn(ctx, &authv1.StartSignOnRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(begun.GetAuthorizationUrl(), "code_challenge_method=S256") {
			t.Errorf("no PKCE: %s", begun.GetAuthorizationUrl())
		}
		code, state = b.visit(t, begun.GetAuthorizationUrl(), person)
		if state != begun.GetState() {
			t.Errorf("state %q, not %q", state, begun.GetState())
		}
		return code, state
	}
	finish := func(code, state string) (*authv1.FinishSignOnResponse, error) {
		return auth.FinishSignOn(ctx, &authv1.FinishSignOnRequest{Code: code, State: state})
	}
	count := func() int {
		list, err := users.ListUsers(ctx, &authv1.ListUsersRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.GetUsers())
	}

	before := count()
	_, err := finish(start())
	refused(t, "somebody whom nobody knows", err, fault.Denied, "SIGN_ON_UNKNOWN_PERSON")
	if count() != before {
		t.Error("a user was created")
	}
	id := create(t, users, "xihu", "330106", county)
	if _, err := users.UpdateUser(ctx, &authv1.UpdateUserRequest{User: &authv1.User{Id: id, ExternalId: "id1"}}); err != nil {
		t.Fatal(err)
	}
	code, state := start()
	in, err := finish(code, state)
	if err != nil || in.GetUser().GetUsername() != "xihu" {
		t.Fatalf("%v, %v", in, err)
	}
	// No first password stands in the way of who needs none.
	if me, err := h.auth(t, in.GetAccessToken()).GetMe(ctx, &authv1.GetMeRequest{}); err != nil || me.GetUser().GetMustChangePassword() {
		t.Errorf("%v, %v", me, err)
	}
	renewed, err := auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: in.GetRefreshToken()})
	if err != nil || renewed.GetUser().GetMustChangePassword() {
		t.Errorf("%v, %v", renewed, err)
	}

	_, err = finish(code, state)
	refused(t, "the same again", err, fault.Unauthenticated, "SIGN_ON_FAILED")
	_, err = finish("x", "y")
	refused(t, "a state of nobody's", err, fault.Unauthenticated, "SIGN_ON_FAILED")
	// An identity token that was made for another sign-on, as its nonce tells.
	begun, err := auth.StartSignOn(ctx, &authv1.StartSignOnRequest{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := url.Parse(begun.GetAuthorizationUrl())
	if err != nil {
		t.Fatal(err)
	}
	query := other.Query()
	query.Set("nonce", "another")
	other.RawQuery = query.Encode()
	_, err = finish(b.visit(t, other.String(), person))
	refused(t, "another nonce", err, fault.Unauthenticated, "SIGN_ON_FAILED")
	// A code of one sign-on does not fit another: PKCE.
	stolen, _ := start()
	_, own := start()
	_, err = finish(stolen, own)
	refused(t, "another's code", err, fault.Unauthenticated, "SIGN_ON_FAILED")
	code, state = start()
	h.clock.pass(10*time.Minute + time.Second)
	_, err = finish(code, state)
	refused(t, "too late", err, fault.Unauthenticated, "SIGN_ON_FAILED")

	if _, err := users.DisableUser(ctx, &authv1.DisableUserRequest{Id: id, Reason: "调离"}); err != nil {
		t.Fatal(err)
	}
	_, err = finish(start())
	refused(t, "a disabled user", err, fault.Denied, "USER_DISABLED")
}

func TestWithoutAProviderNobodySignsOn(t *testing.T) {
	h := serve(t)
	_, err := h.auth(t, "").StartSignOn(testkit.Context(t), &authv1.StartSignOnRequest{})
	refused(t, "none configured", err, fault.Precondition, "SIGN_ON_UNAVAILABLE")
	offered(t, h, false)

	// One that is down when we start is found when it is back.
	b := openBureau(t)
	down := &bureau{issuer: "http://127.0.0.1:1"}
	h.start(t, down.config)
	_, err = h.auth(t, "").StartSignOn(testkit.Context(t), &authv1.StartSignOnRequest{})
	refused(t, "down", err, fault.Unavailable, "SIGN_ON_UNAVAILABLE")
	h.start(t, b.config)
	if _, err := h.auth(t, "").StartSignOn(testkit.Context(t), &authv1.StartSignOnRequest{}); err != nil {
		t.Error(err)
	}
	offered(t, h, true)
}

// offered checks what a login page is told.
func offered(t *testing.T, h *house, want bool) {
	t.Helper()
	got, err := h.auth(t, "").GetSignOn(testkit.Context(t), &authv1.GetSignOnRequest{})
	if err != nil || got.GetAvailable() != want {
		t.Errorf("sign-on is offered: %v, %v; want %v", got.GetAvailable(), err, want)
	}
}
