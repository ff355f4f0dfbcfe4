package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"

	"baoxue.internal/pkg/fault"
)

// FinishSignOn ends it: the person is matched with a user, and never becomes one.
// A second factor is the provider's business.
func (a Access) FinishSignOn(ctx context.Context, state, code, address string) (Tokens, error) {
	if a.SignOn == nil {
		return Tokens{}, errNoSignOn
	}
	attempt, err := a.Lockout.enter(ctx, "", address)
	if err != nil {
		return Tokens{}, err
	}
	defer attempt.leave(ctx)
	person, err := a.person(ctx, state, code)
	if fault.Is(err, errSignOnFailed.Reason) {
		return Tokens{}, attempt.failed(ctx, err)
	}
	if err != nil {
		return Tokens{}, err
	}
	user, found, err := a.SignOns.UserByExternalID(ctx, person)
	switch {
	case err != nil:
		return Tokens{}, err
	case !found:
		return Tokens{}, errUnknownPerson
	case user.Disabled:
		return Tokens{}, errUserDisabled
	}
	t, ok, err := a.start(ctx, user, true)
	if err == nil && !ok {
		err = errSignOnFailed
	}
	return t, err
}

// person is who came back from the provider with a state of ours.
func (a Access) person(ctx context.Context, state, code string) (string, error) {
	begun, ok, err := a.SignOns.TakeSignOn(ctx, sha256.Sum256([]byte(state)), a.Now())
	if err != nil {
		return "", err
	}
	if !ok {
		return "", errSignOnFailed
	}
	box, err := boxUnder(state)
	if err != nil {
		return "", err
	}
	verifier, err := box.Open(nil, nil, begun.Verifier, nil)
	if err != nil {
		return "", fmt.Errorf("sign-on: %w", err)
	}
	person, nonce, err := a.SignOn.Exchange(ctx, code, string(verifier))
	if err != nil {
		return "", signOnRefusal(err)
	}
	digest := sha256.Sum256([]byte(nonce))
	if subtle.ConstantTimeCompare(digest[:], begun.Nonce[:]) != 1 {
		return "", errSignOnFailed.Because(errors.New("an identity token of another sign-on"))
	}
	return person, nil
}
