package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Get returns a user.
func (p People) Get(ctx context.Context, by domain.Manager, id string) (domain.User, error) {
	u, ok, err := p.Store.UserByID(ctx, id)
	if err != nil {
		return domain.User{}, err
	}
	if !ok {
		return domain.User{}, domain.ErrNoUser
	}
	if err := by.CheckReach(u, p.Regions.Table()); err != nil {
		return domain.User{}, err
	}
	users, err := p.withLocks(ctx, u)
	if err != nil {
		return domain.User{}, err
	}
	return users[0], nil
}
