package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Update changes a user.
func (p People) Update(ctx context.Context, by domain.Manager, id string, c domain.UserChange) (domain.User, error) {
	return p.Store.UpdateUser(ctx, id, func(u domain.User, otherAdministrators int) (domain.User, error) {
		return c.Of(u, by, otherAdministrators, p.Regions.Table(), p.Regions.Month())
	})
}
