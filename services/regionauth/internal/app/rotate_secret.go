package app

import (
	"context"
	"time"

	"baoxue.internal/services/regionauth/internal/domain"
)

// RotateSecret adds a secret and returns it.
func (a Accounts) RotateSecret(ctx context.Context, name string, overlap time.Duration) (string, error) {
	if err := domain.CheckOverlap(overlap); err != nil {
		return "", err
	}
	if !domain.IsUsername(name) {
		return "", domain.ErrNoAccount
	}
	secret, digest := newSecret()
	return secret, a.Store.RotateSecret(ctx, name, digest, overlap)
}
