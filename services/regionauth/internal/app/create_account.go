package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Create creates an account and returns its first secret.
func (a Accounts) Create(ctx context.Context, account domain.ServiceAccount) (domain.ServiceAccount, string, error) {
	account = account.Normal()
	if err := account.Check(domain.ServiceAccount{}, a.Regions.Table(), a.Now(), a.Regions.Month()); err != nil {
		return domain.ServiceAccount{}, "", err
	}
	secret, digest := newSecret()
	created, err := a.Store.CreateAccount(ctx, account, digest)
	return created, secret, err
}
