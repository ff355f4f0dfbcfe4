// Package totp is the second factor: six digits of an authenticator application,
// new every 30 seconds (RFC 6238 with SHA-1, which is what all of them speak).
package totp

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"baoxue.internal/pkg/seal"
)

const (
	issuer = "控辍保学工作台账"
	period = 30
	// A clock may be off by one step.
	skew = 1
)

// Codes makes and checks codes; the secrets that it gives out to be stored are sealed.
type Codes struct{ sealer seal.Sealer }

// New returns codes whose secrets are sealed by the sealer.
func New(sealer seal.Sealer) *Codes { return &Codes{sealer: sealer} }

// place binds a secret to its user: what is stored for one is of no use for another.
func place(userID string) string { return "regionauth second factor " + userID }

// Generate makes a secret for a user: in Base32, as a URI for a QR code, and
// sealed to be stored.
func (c *Codes) Generate(userID, username string) (secret, uri string, sealed []byte, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: username, Period: period, Rand: rand.Reader})
	if err != nil {
		return "", "", nil, fmt.Errorf("second factor: %w", err)
	}
	if sealed, err = c.sealer.Seal(key.Secret(), place(userID)); err != nil {
		return "", "", nil, fmt.Errorf("second factor: %w", err)
	}
	return key.Secret(), key.URL(), sealed, nil
}

// Match returns the time step that a code is of, if it is later than the one used
// last: a code that somebody read over a shoulder does not work again.
func (c *Codes) Match(userID string, sealed []byte, code string, now time.Time, after int64) (step int64, ok bool, err error) {
	secret, err := c.sealer.Unseal(sealed, place(userID))
	if err != nil {
		return 0, false, fmt.Errorf("second factor: %w", err)
	}
	at := now.Unix() / period
	for step := at - skew; step <= at+skew; step++ {
		if step > after && hotp.Validate(code, uint64(step), secret) {
			return step, true, nil
		}
	}
	return 0, false, nil
}
