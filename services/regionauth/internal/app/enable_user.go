package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Enable lets a disabled user log in again.
func (p People) Enable(ctx context.Context, by domain.Manager, id, reason string) (domain.User, error) {
	if err := domain.CheckReason(reason); err != nil {
		return domain.User{}, err
	}
	return p.Store.EnableUser(ctx, id, reason, func(u domain.User) error { return by.CheckReach(u, p.Regions.Table()) })
}
