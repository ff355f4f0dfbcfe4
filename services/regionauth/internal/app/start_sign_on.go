package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
)

// StartSignOn begins a single sign-on.
func (a Access) StartSignOn(ctx context.Context) (url, state string, err error) {
	if a.SignOn == nil {
		return "", "", errNoSignOn
	}
	state, nonce, verifier := rand.Text(), rand.Text(), rand.Text()+rand.Text()
	url, err = a.SignOn.AuthorizationURL(ctx, state, nonce, verifier)
	if err != nil {
		return "", "", signOnRefusal(err)
	}
	box, err := boxUnder(state)
	if err != nil {
		return "", "", err
	}
	return url, state, a.SignOns.StartSignOn(ctx, SignOn{
		State: sha256.Sum256([]byte(state)), Nonce: sha256.Sum256([]byte(nonce)),
		Verifier: box.Seal(nil, nil, []byte(verifier), nil), ExpiresAt: a.Now().Add(signOnWithin),
	})
}
