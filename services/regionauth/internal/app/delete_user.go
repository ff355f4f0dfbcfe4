package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Delete removes a user of whom nothing is left.
func (p People) Delete(ctx context.Context, by domain.Manager, id string) error {
	return p.Store.DeleteUser(ctx, id, func(u domain.User, confirmed []string) error {
		return by.CheckDelete(u, confirmed, p.Regions.Table())
	})
}
