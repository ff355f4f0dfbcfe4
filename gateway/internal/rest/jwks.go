package rest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// jwk is an Ed25519 public key as RFC 8037 writes it.
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

// jwks publishes the keys that verify access tokens, for other systems that do so
// themselves.
type jwks struct {
	auth    authv1.AuthServiceClient
	answers answers
}

func (j jwks) serve(w http.ResponseWriter, r *http.Request) {
	resp, err := j.auth.ListSigningKeys(r.Context(), &authv1.ListSigningKeysRequest{})
	if err != nil {
		j.answers.fail(w, r, err)
		return
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range resp.GetKeys() {
		set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", "sig", "EdDSA", k.GetId(), base64.RawURLEncoding.EncodeToString(k.GetPublicKey())})
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	// Whoever meets an unknown key asks again; whoever knows all of them learns
	// within a minute that one is out of use.
	w.Header().Set("Cache-Control", "public, max-age=60")
	// A client that has gone needs no answer.
	_ = json.NewEncoder(w).Encode(set)
}
