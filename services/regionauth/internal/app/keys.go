package app

import (
	"context"
	"crypto/ed25519"
	"sync"
	"time"
)

// Key signs access tokens.
type Key struct {
	ID        string
	Private   ed25519.PrivateKey
	CreatedAt time.Time
}

// KeyStore keeps the signing keys.
type KeyStore interface {
	// Keys are those that verify: the one to sign with first, then those replaced
	// after a time. The first process ever makes one.
	Keys(ctx context.Context, replacedSince time.Time) ([]Key, error)
	// RotateKey makes a new key to sign with, unless the present one was made after
	// a time.
	RotateKey(ctx context.Context, madeBefore time.Time) (Key, error)
	// DropKeys removes keys that were replaced before a time.
	DropKeys(ctx context.Context, replacedBefore time.Time) error
}

// Keys are the signing keys as this process knows them.
type Keys struct {
	store KeyStore
	// keep is how long a replaced key verifies.
	keep time.Duration
	// every is the age at which a key is replaced.
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex
	known []Key
	asOf  time.Time
}

// NewKeys returns keys that know nothing until Load. A replaced key verifies for
// as long as the tokens live that it signed, and some more: another process may
// go on signing with it until it looks again.
func NewKeys(store KeyStore, longestToken, every time.Duration, now func() time.Time) *Keys {
	return &Keys{store: store, keep: longestToken + time.Minute, every: every, now: now}
}

// Load learns of keys that other processes made. A failure leaves the known ones.
func (k *Keys) Load(ctx context.Context) error {
	asked := k.now()
	known, err := k.store.Keys(ctx, asked.Add(-k.keep))
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.asOf = known, asked
	return nil
}

// Signing is the key to sign with.
func (k *Keys) Signing() Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known[0]
}

// freshFor bounds how often those who ask for keys reach the database: anybody
// may ask.
const freshFor = time.Second

// Verifying are the keys that verify, also one that another process made a moment
// ago: whoever asks may have met its first token.
func (k *Keys) Verifying(ctx context.Context) ([]Key, error) {
	k.mu.Lock()
	known, age := k.known, k.now().Sub(k.asOf)
	k.mu.Unlock()
	if age < freshFor {
		return known, nil
	}
	if err := k.Load(ctx); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known, nil
}

// Rotate makes a new key sign from now on.
func (k *Keys) Rotate(ctx context.Context) (id string, err error) {
	key, err := k.store.RotateKey(ctx, k.now())
	if err != nil {
		return "", err
	}
	return key.ID, k.Load(ctx)
}

// RotateOld replaces a key that has signed for long enough and removes what
// verifies nothing any more.
func (k *Keys) RotateOld(ctx context.Context) error {
	now := k.now()
	if now.Sub(k.Signing().CreatedAt) >= k.every {
		if _, err := k.store.RotateKey(ctx, now.Add(-k.every)); err != nil {
			return err
		}
		if err := k.Load(ctx); err != nil {
			return err
		}
	}
	return k.store.DropKeys(ctx, now.Add(-2*k.keep))
}
