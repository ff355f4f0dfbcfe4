package app

import (
	"context"

	"baoxue.internal/services/regionauth/internal/domain"
)

// ColleagueStore keeps users.
type ColleagueStore interface {
	// EnabledUsers are a region's users who may log in, by display name.
	EnabledUsers(ctx context.Context, region string) ([]domain.User, error)
}

// Colleagues is who works in a region.
type Colleagues struct{ Store ColleagueStore }

// List lists the enabled users of a region.
func (c Colleagues) List(ctx context.Context, region string) ([]domain.User, error) {
	return c.Store.EnabledUsers(ctx, region)
}
