package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// CreateUser creates a user.
func (a Access) CreateUser(ctx context.Context, u domain.NewUser) (domain.User, error) {
	return a.create(ctx, u, false)
}

func (a Access) create(ctx context.Context, u domain.NewUser, first bool) (domain.User, error) {
	if err := u.Check(a.Regions.Table(), a.Regions.Month()); err != nil {
		return domain.User{}, err
	}
	u = u.Normal()
	hash, err := a.Passwords.Hash(ctx, u.Password)
	if err != nil {
		return domain.User{}, err
	}
	return a.Store.CreateUser(ctx, u, hash, first)
}
