package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
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
