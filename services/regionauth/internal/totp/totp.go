// Package totp is the second factor: six digits of an authenticator application,
// new every 30 seconds (RFC 6238 with SHA-1, which is what all of them speak).
package totp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	issuer = "控辍保学工作台账"
	period = 30
	// A clock may be off by one step.
	skew = 1
)

// KeySize of the key that encrypts secrets, in bytes.
const KeySize = 32

// Codes makes and checks codes; the secrets that it gives out to be stored are
// encrypted.
type Codes struct{ aead cipher.AEAD }

// New returns codes under a key of KeySize bytes.
func New(key []byte) (*Codes, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key for second factors has %d bytes, not %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("second factors: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("second factors: %w", err)
	}
	return &Codes{aead: aead}, nil
}

// Generate makes a secret for a user: in Base32, as a URI for a QR code, and
// encrypted to be stored. What is stored for one user is of no use for another.
func (c *Codes) Generate(userID, username string) (secret, uri string, sealed []byte, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: username, Period: period, Rand: rand.Reader})
	if err != nil {
		return "", "", nil, fmt.Errorf("second factor: %w", err)
	}
	return key.Secret(), key.URL(), c.aead.Seal(nil, nil, []byte(key.Secret()), []byte(userID)), nil
}

// Match returns the time step that a code is of, if it is later than the one used
// last: a code that somebody read over a shoulder does not work again.
func (c *Codes) Match(userID string, sealed []byte, code string, now time.Time, after int64) (step int64, ok bool, err error) {
	secret, err := c.aead.Open(nil, nil, sealed, []byte(userID))
	if err != nil {
		return 0, false, fmt.Errorf("the second factor can't be decrypted, was the key changed: %w", err)
	}
	at := now.Unix() / period
	for step := at - skew; step <= at+skew; step++ {
		if step > after && hotp.Validate(code, uint64(step), string(secret)) {
			return step, true, nil
		}
	}
	return 0, false, nil
}
