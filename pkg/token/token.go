// Package token signs and verifies Baoxue's access tokens: JWT with Ed25519 and
// nothing else.
package token

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// Issuer and audience of every access token.
const (
	Issuer   = "baoxue"
	Audience = "baoxue"
)

// clockSkew between the signing and the verifying machine that is tolerated.
const clockSkew = 5 * time.Second

type claims struct {
	jwt.RegisteredClaims
	Name   string   `json:"name,omitempty"`
	Level  int32    `json:"level,omitempty"`
	Region string   `json:"region,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
	Roles  []int32  `json:"roles,omitempty"`
	// Nothing may be done but change the password.
	ChangePassword bool `json:"chp,omitempty"`
	// When it was made, in Unix microseconds: the registered iat is too coarse to
	// tell a token from before a log-out from one right after.
	At int64 `json:"at"`
}

// Sign makes an access token for the identity, valid from now for ttl.
func Sign(key ed25519.PrivateKey, keyID string, id rpc.Identity, now time.Time, ttl time.Duration) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: Issuer, Audience: jwt.ClaimStrings{Audience}, Subject: id.Subject,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
		Name: id.Name, Level: int32(id.Level), Region: id.Region, Scopes: id.Scopes,
		Roles: roleNumbers(id.Roles), ChangePassword: id.MustChangePassword, At: now.UnixMicro(),
	})
	t.Header["kid"] = keyID
	signed, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

func roleNumbers(roles []commonv1.Role) []int32 {
	numbers := make([]int32, len(roles))
	for i, r := range roles {
		numbers[i] = int32(r)
	}
	return numbers
}

func rolesOf(numbers []int32) []commonv1.Role {
	roles := make([]commonv1.Role, len(numbers))
	for i, n := range numbers {
		roles[i] = commonv1.Role(n)
	}
	return roles
}

// Keys are public keys by key id.
type Keys map[string]ed25519.PublicKey

// KeySource fetches the keys that are in use now.
type KeySource func(ctx context.Context) (Keys, error)

// Verifier authenticates tokens. It fetches the keys when it meets a key id that
// it does not know, at most once a second, so that unknown ids can't flood the
// key service; and once a minute, so that a key that is no longer in use is not
// believed for ever.
type Verifier struct {
	keys    *kept[Keys]
	revoked revoked
	now     func() time.Time

	mu sync.Mutex
	// seen are tokens that the keys at hand have verified.
	seen map[[sha256.Size]byte]seenToken
}

const (
	// What keys are older is asked for again, by one caller while the others go on.
	keysFreshFor = time.Minute
	// unknownKeys are asked for no oftener.
	unknownKeys = time.Second
)

// NewVerifier returns a verifier with the keys of the source. What revocations
// tells is believed within a minute.
func NewVerifier(source KeySource, revocations RevocationSource) *Verifier {
	return NewVerifierAt(source, revocations, time.Now)
}

// NewVerifierAt is NewVerifier with a clock of its own.
func NewVerifierAt(source KeySource, revocations RevocationSource, now func() time.Time) *Verifier {
	return &Verifier{now: now, revoked: newRevoked(revocations, now), keys: &kept[Keys]{
		source: source, now: now,
		old: func(_ Keys, age time.Duration) bool { return age >= keysFreshFor },
		// While none can be fetched, those at hand are good.
		dead: func(Keys, time.Duration) bool { return false },
	}}
}

var _ rpc.Authenticator = (*Verifier)(nil)

// Authenticate implements rpc.Authenticator.
func (v *Verifier) Authenticate(ctx context.Context, raw string) (rpc.Identity, error) {
	c, err := v.verify(ctx, raw)
	switch {
	case err == nil && c.Subject != "":
		if err := v.revoked.check(ctx, c.Subject, c.At); err != nil {
			return rpc.Identity{}, err
		}
		return rpc.Identity{
			Subject: c.Subject, Name: c.Name, Level: commonv1.Level(c.Level), Region: c.Region,
			Scopes: c.Scopes, Roles: rolesOf(c.Roles), MustChangePassword: c.ChangePassword, IssuedAt: time.UnixMicro(c.At), Token: raw,
		}, nil
	case errors.Is(err, jwt.ErrTokenExpired):
		return rpc.Identity{}, fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已过期，请重新登录").Because(err)
	case errors.Is(err, errNoKeys):
		return rpc.Identity{}, fault.New(fault.Unavailable, "UNAVAILABLE", "暂时无法验证登录状态，请稍后重试").Because(err)
	}
	return rpc.Identity{}, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "登录状态无效，请重新登录").Because(err)
}

// verify checks signature, time and purpose. A signature is checked once for each
// fetching of the keys: it costs more than all else of a call.
func (v *Verifier) verify(ctx context.Context, raw string) (claims, error) {
	digest := sha256.Sum256([]byte(raw))
	if c, ok := v.verified(digest); ok {
		return c, nil
	}
	// Taken before: what other keys are fetched meanwhile did not verify this.
	fetched := v.keys.since()
	var c claims
	_, err := jwt.ParseWithClaims(raw, &c, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		return v.key(ctx, id)
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(Issuer), jwt.WithAudience(Audience), jwt.WithExpirationRequired(),
		jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(v.now))
	if err == nil {
		v.remember(digest, seenToken{claims: c, fetched: fetched})
	}
	return c, err
}

var (
	errNoKeys     = errors.New("signing keys can't be fetched")
	errUnknownKey = errors.New("unknown signing key")
)

func (v *Verifier) key(ctx context.Context, id string) (ed25519.PublicKey, error) {
	keys, err := v.keys.get(ctx)
	if k, ok := keys[id]; ok && err == nil {
		return k, nil
	}
	if err == nil {
		keys, err = v.keys.anew(ctx, unknownKeys)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	if k, ok := keys[id]; ok {
		return k, nil
	}
	return nil, errUnknownKey
}
