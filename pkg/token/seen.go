package token

import (
	"crypto/sha256"
	"time"
)

// mostSeen bounds the memory: one token a user and service that is at work.
const mostSeen = 10_000

// seenToken is a token that was verified with keys fetched at an instant.
type seenToken struct {
	claims  claims
	fetched time.Time
}

// verified returns a token's claims if the keys at hand have verified it and it is
// neither expired nor the keys stale.
func (v *Verifier) verified(digest [sha256.Size]byte) (claims, bool) {
	now, fetched := v.now(), v.keys.since()
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.seen[digest]
	good := ok && t.fetched.Equal(fetched) && now.Sub(fetched) < keysFreshFor && now.Before(t.claims.ExpiresAt.Add(clockSkew))
	return t.claims, good
}

func (v *Verifier) remember(digest [sha256.Size]byte, t seenToken) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil || len(v.seen) >= mostSeen {
		v.seen = map[[sha256.Size]byte]seenToken{}
	}
	v.seen[digest] = t
}
