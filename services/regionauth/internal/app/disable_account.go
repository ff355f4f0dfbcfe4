package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Disable ends an account: no new token, and the given ones stop within a minute.
func (a Accounts) Disable(ctx context.Context, name, reason string) (domain.ServiceAccount, error) {
	if !domain.IsUsername(name) {
		return domain.ServiceAccount{}, domain.ErrNoAccount
	}
	if err := domain.CheckReason(reason); err != nil {
		return domain.ServiceAccount{}, err
	}
	return a.Store.DisableAccount(ctx, name, reason)
}
