package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Update changes an account.
func (a Accounts) Update(ctx context.Context, name string, change func(*domain.ServiceAccount)) (domain.ServiceAccount, error) {
	if !domain.IsUsername(name) {
		return domain.ServiceAccount{}, domain.ErrNoAccount
	}
	return a.Store.UpdateAccount(ctx, name, func(was domain.ServiceAccount) (domain.ServiceAccount, error) {
		account := was
		change(&account)
		account = account.Normal()
		return account, account.Check(was, a.Regions.Table(), a.Now(), a.Regions.Month())
	})
}
