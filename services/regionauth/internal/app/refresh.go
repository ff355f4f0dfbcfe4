package app

import (
	"context"
	"crypto/sha256"

	"baoxue.internal/pkg/fault"
)

// Refresh trades a refresh token for new tokens. Each works once: one that comes
// twice was stolen, from whichever of the two, and ends the login.
func (a Access) Refresh(ctx context.Context, refresh string) (Tokens, error) {
	next, nextDigest := newRefresh()
	now := a.Now()
	user, ok, err := a.Store.Rotate(ctx, sha256.Sum256([]byte(refresh)), nextDigest, now, now.Add(a.RefreshTTL))
	if err != nil {
		return Tokens{}, err
	}
	if !ok {
		return Tokens{}, fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已过期，请重新登录")
	}
	return a.tokens(user, next, now)
}
