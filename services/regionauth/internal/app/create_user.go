package app

import (
	"context"
	"strings"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Create creates a user, who has to change the password at the first login.
func (p People) Create(ctx context.Context, by domain.Manager, u domain.NewUser) (domain.User, error) {
	if err := by.CheckNew(u, p.Regions.Table(), p.Regions.Month()); err != nil {
		return domain.User{}, err
	}
	u = u.Normal()
	u.MustChangePassword, u.ExternalID = true, strings.TrimSpace(u.ExternalID)
	hash, err := p.Passwords.Hash(ctx, u.Password)
	if err != nil {
		return domain.User{}, err
	}
	return p.Store.CreateUser(ctx, u, hash, false)
}
