package app

import (
	"context"
	"crypto/sha256"
)

// Logout ends the login that a refresh token belongs to. It succeeds for a token
// that is not known too: whoever sends it is logged out either way.
func (a Access) Logout(ctx context.Context, refresh string) error {
	return a.Store.EndFamily(ctx, sha256.Sum256([]byte(refresh)))
}
