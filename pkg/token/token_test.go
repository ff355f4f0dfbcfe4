package token_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/token"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

func key(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func none(context.Context) (token.Revocations, error) { return token.Revocations{}, nil }

var clerk = rpc.Identity{Subject: "u1", Name: "西湖区", Level: commonv1.Level_LEVEL_COUNTY, Region: "330106", Roles: []commonv1.Role{commonv1.Role_ROLE_CLERK}}

func TestATokenBringsItsIdentity(t *testing.T) {
	public, private := key(t)
	v := token.NewVerifier(func(context.Context) (token.Keys, error) { return token.Keys{"k": public}, nil }, none)
	raw, err := token.Sign(private, "k", clerk, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Authenticate(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	want := clerk
	want.Token, want.IssuedAt = raw, got.IssuedAt
	if age := time.Since(got.IssuedAt); age < 0 || age > time.Minute {
		t.Errorf("issued %v ago", age)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestWhatIsNotOurTokenIsRefused(t *testing.T) {
	public, private := key(t)
	_, other := key(t)
	v := token.NewVerifier(func(context.Context) (token.Keys, error) { return token.Keys{"k": public}, nil }, none)
	sign := func(key ed25519.PrivateKey, id string, age time.Duration) string {
		raw, err := token.Sign(key, id, clerk, time.Now().Add(-age), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	claims := jwt.MapClaims{"iss": token.Issuer, "aud": "elsewhere", "sub": "u1", "exp": time.Now().Add(time.Minute).Unix()}
	foreign := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	foreign.Header["kid"] = "k"
	elsewhere, err := foreign.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	claims["aud"] = token.Audience
	hmac := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	hmac.Header["kid"] = "k"
	confused, err := hmac.SignedString([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	good := sign(private, "k", 0)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k"}`)) + "." + parts[1] + "."
	for name, c := range map[string]struct{ raw, reason string }{
		"expired":               {sign(private, "k", time.Hour), "TOKEN_EXPIRED"},
		"another key":           {sign(other, "k", 0), "UNAUTHENTICATED"},
		"unknown key id":        {sign(private, "x", 0), "UNAUTHENTICATED"},
		"another audience":      {elsewhere, "UNAUTHENTICATED"},
		"alg none":              {none, "UNAUTHENTICATED"},
		"the key as a password": {confused, "UNAUTHENTICATED"},
		"no token at all":       {"abc", "UNAUTHENTICATED"},
	} {
		if id, err := v.Authenticate(t.Context(), c.raw); !fault.Is(err, c.reason) || id.Subject != "" {
			t.Errorf("%s: got %v, %v", name, id, err)
		}
	}
	if _, err := v.Authenticate(t.Context(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// A token can't be judged without keys: that is not the caller's fault.
func TestWithoutKeysNobodyIsCalledAForger(t *testing.T) {
	_, private := key(t)
	v := token.NewVerifier(func(context.Context) (token.Keys, error) { return nil, errors.New("down") }, none)
	raw, err := token.Sign(private, "k", clerk, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Authenticate(t.Context(), raw); !fault.Is(err, "UNAVAILABLE") {
		t.Fatalf("got %v", err)
	}
}

func TestUnknownKeyIDsDoNotFloodTheKeyService(t *testing.T) {
	public, private := key(t)
	asked := 0
	v := token.NewVerifier(func(context.Context) (token.Keys, error) { asked++; return token.Keys{"k": public}, nil }, none)
	for range 100 {
		raw, err := token.Sign(private, "unknown", clerk, time.Now(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Authenticate(t.Context(), raw); err == nil {
			t.Fatal("accepted")
		}
	}
	if asked > 2 {
		t.Fatalf("asked %d times for keys", asked)
	}
}

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestAKeyThatIsNoLongerPublishedStopsWithinAMinute(t *testing.T) {
	stolen, private := key(t)
	fresh, _ := key(t)
	c := &clock{time.Now()}
	published := token.Keys{"old": stolen}
	var down error
	v := token.NewVerifierAt(func(context.Context) (token.Keys, error) { return published, down }, none, c.now)
	use := func() error {
		raw, err := token.Sign(private, "old", clerk, c.at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Authenticate(t.Context(), raw)
		return err
	}
	if err := use(); err != nil {
		t.Fatal(err)
	}
	published = token.Keys{"new": fresh}
	c.at = c.at.Add(time.Minute)
	down = errors.New("down")
	if err := use(); err != nil {
		t.Errorf("the known keys are not used while none can be fetched: %v", err)
	}
	down = nil
	if err := use(); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("a key that is out of use: %v", err)
	}
}

// revocations is a source that can fail.
type revocations struct {
	known token.Revocations
	err   error
	asked int
}

func (r *revocations) list(context.Context) (token.Revocations, error) {
	r.asked++
	return r.known, r.err
}

func TestARevokedTokenStopsWithinAMinuteWhateverIsDown(t *testing.T) {
	public, private := key(t)
	c, source := &clock{time.Now()}, &revocations{}
	v := token.NewVerifierAt(func(context.Context) (token.Keys, error) { return token.Keys{"k": public}, nil }, source.list, c.now)
	sign := func(at time.Time) string {
		raw, err := token.Sign(private, "k", clerk, at, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	issued := c.at
	raw := sign(issued)
	check := func(what, raw, want string) {
		t.Helper()
		_, err := v.Authenticate(t.Context(), raw)
		if want == "" && err != nil || want != "" && !fault.Is(err, want) {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
	}
	check("not revoked", raw, "")
	source.known = token.Revocations{clerk.Subject: issued.Add(time.Second)}
	c.at = issued.Add(14 * time.Second)
	check("what was asked 14 s ago is believed", raw, "")
	if source.asked != 1 {
		t.Errorf("asked %d times", source.asked)
	}
	c.at = issued.Add(15 * time.Second)
	check("after 15 s it is asked again", raw, "TOKEN_EXPIRED")
	check("one made after the revocation", sign(issued.Add(time.Second)), "")

	source.err = errors.New("down")
	c.at = issued.Add(74 * time.Second)
	check("an answer of 59 s ago still serves", raw, "TOKEN_EXPIRED")
	check("and lets in whom it does not name", sign(issued.Add(2*time.Second)), "")
	c.at = issued.Add(75 * time.Second)
	check("one of 60 s ago serves for nobody", sign(issued.Add(2*time.Second)), "UNAVAILABLE")
	source.err = nil
	check("it is back", sign(issued.Add(2*time.Second)), "")
}

func TestATokenThatMustChangeThePasswordSaysSo(t *testing.T) {
	public, private := key(t)
	v := token.NewVerifier(func(context.Context) (token.Keys, error) { return token.Keys{"k": public}, nil }, none)
	who := clerk
	who.MustChangePassword = true
	raw, err := token.Sign(private, "k", who, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := v.Authenticate(t.Context(), raw); err != nil || !id.MustChangePassword {
		t.Errorf("%+v, %v", id, err)
	}
}
