package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Bootstrap creates the first province user. What else is wrong with the request
// is told only to whoever may bootstrap.
func (a Access) Bootstrap(ctx context.Context, secret string, u domain.NewUser) (domain.User, error) {
	if !sameSecret(secret, a.BootstrapSecret) {
		return domain.User{}, ErrBootstrapRefused
	}
	any, err := a.Store.AnyUser(ctx)
	if err != nil {
		return domain.User{}, err
	}
	if any {
		return domain.User{}, ErrBootstrapRefused
	}
	// The first user may do everything, and makes those who share the work.
	u.Level, u.Region, u.Roles = domain.LevelProvince, domain.Province, domain.AllRoles()
	if err := u.Check(a.Regions.Table(), a.Regions.Month()); err != nil {
		return domain.User{}, err
	}
	u = u.Normal()
	hash, err := a.Passwords.Hash(ctx, u.Password)
	if err != nil {
		return domain.User{}, err
	}
	return a.Store.CreateUser(ctx, u, hash, true)
}
