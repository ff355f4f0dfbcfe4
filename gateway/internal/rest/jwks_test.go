package rest_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"

	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

var signingKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func (b *backend) ListSigningKeys(context.Context, *authv1.ListSigningKeysRequest) (*authv1.ListSigningKeysResponse, error) {
	return &authv1.ListSigningKeysResponse{Keys: []*authv1.SigningKey{{Id: "k1", PublicKey: signingKey.Public().(ed25519.PublicKey)}}}, nil //nolint:forcetypeassert // it is one
}

// Another system verifies our tokens with what it finds there.
func TestTheKeysArePublished(t *testing.T) {
	front := start(t, newBackend(), nil)
	resp, err := http.Get(front.URL + "/.well-known/jwks.json") //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	var set struct{ Keys []map[string]string }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v, %v", set, err)
	}
	k := set.Keys[0]
	public, err := base64.RawURLEncoding.DecodeString(k["x"])
	if err != nil || k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["alg"] != "EdDSA" || k["use"] != "sig" || k["kid"] != "k1" {
		t.Fatalf("%v, %v", k, err)
	}
	if !ed25519.Verify(public, []byte("x"), ed25519.Sign(signingKey, []byte("x"))) {
		t.Error("the key is another")
	}
	if resp.Header.Get("Content-Type") != "application/jwk-set+json" || resp.Header.Get("Cache-Control") == "" {
		t.Errorf("headers: %v", resp.Header)
	}
}

func (b *backend) GetSignOn(context.Context, *authv1.GetSignOnRequest) (*authv1.GetSignOnResponse, error) {
	return &authv1.GetSignOnResponse{Available: true}, nil
}

func (b *backend) StartSignOn(context.Context, *authv1.StartSignOnRequest) (*authv1.StartSignOnResponse, error) {
	return nil, fault.New(fault.Exhausted, "LOCKED_OUT", "尝试次数过多").With("retry_after_seconds", "17")
}

func TestALockOutSaysWhenToComeBack(t *testing.T) {
	front := start(t, newBackend(), nil)
	resp, err := http.Post(front.URL+"/v1/auth:startSignOn", "application/json", http.NoBody) //nolint:noctx // a test's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is read
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "17" {
		t.Errorf("%s, %v", resp.Status, resp.Header)
	}
}
