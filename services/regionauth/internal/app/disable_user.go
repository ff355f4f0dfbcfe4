package app

import (
	"context"
	"strings"

	"baoxue.internal/services/regionauth/internal/domain"
)

// Disable ends a user's access and hands the work over. What the user did stays.
func (p People) Disable(ctx context.Context, by domain.Manager, d Disabling) (domain.User, error) {
	if err := domain.CheckReason(d.Reason); err != nil {
		return domain.User{}, err
	}
	d.Successor = strings.ToLower(strings.TrimSpace(d.Successor))
	return p.Store.DisableUser(ctx, d, func(u domain.User, successor *domain.User, otherAdministrators int) error {
		return by.CheckDisable(u, successor, otherAdministrators, p.Regions.Table())
	})
}
