package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// SignOnProvider is where people sign on.
type SignOnProvider interface {
	// AuthorizationURL is where to send the browser. It fails with
	// ErrProviderUnavailable.
	AuthorizationURL(ctx context.Context, state, nonce, verifier string) (string, error)
	// Exchange tells whom a code is about, and the nonce that came with it. It fails
	// with ErrProviderUnavailable, or because the code is refused.
	Exchange(ctx context.Context, code, verifier string) (person, nonce string, err error)
}

// ErrProviderUnavailable says that the provider does not answer.
var ErrProviderUnavailable = errors.New("the sign-on provider does not answer")

// SignOn is one that was begun.
type SignOn struct {
	// State and Nonce are digests.
	State, Nonce [32]byte
	// Verifier is encrypted under the state.
	Verifier  []byte
	ExpiresAt time.Time
}

// SignOnStore keeps sign-ons between their two halves.
type SignOnStore interface {
	StartSignOn(ctx context.Context, s SignOn) error
	// TakeSignOn returns one that has not expired, once.
	TakeSignOn(ctx context.Context, state [32]byte, now time.Time) (s SignOn, ok bool, err error)
	UserByExternalID(ctx context.Context, person string) (domain.User, bool, error)
}

// signOnWithin is how long a person has at the provider.
const signOnWithin = 10 * time.Minute

var (
	errNoSignOn      = fault.New(fault.Precondition, "SIGN_ON_UNAVAILABLE", "未配置统一身份认证，请用用户名和密码登录")
	errSignOnDown    = fault.New(fault.Unavailable, "SIGN_ON_UNAVAILABLE", "统一身份认证暂不可用，请稍后重试，或用用户名和密码登录")
	errSignOnFailed  = fault.New(fault.Unauthenticated, "SIGN_ON_FAILED", "统一身份认证未完成、已超时或已使用，请重新登录")
	errUnknownPerson = fault.New(fault.Denied, "SIGN_ON_UNKNOWN_PERSON", "您的统一身份账号尚未关联本系统用户，请联系管理员")
	errUserDisabled  = fault.New(fault.Denied, "USER_DISABLED", "您的账号已停用，请联系管理员")
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

func signOnRefusal(err error) error {
	if errors.Is(err, ErrProviderUnavailable) {
		return errSignOnDown.Because(err)
	}
	return errSignOnFailed.Because(err)
}

// boxUnder encrypts under the state, which is random and only the browser has.
func boxUnder(state string) (cipher.AEAD, error) {
	key := sha256.Sum256([]byte("verifier of " + state))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
