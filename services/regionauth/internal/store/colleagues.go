package store

import (
	"context"
	"fmt"

	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// EnabledUsers implements app.ColleagueStore.
func (s *Store) EnabledUsers(ctx context.Context, region string) ([]domain.User, error) {
	rows, err := db.New(s.pool).EnabledUsers(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("users of %s: %w", region, err)
	}
	users := make([]domain.User, len(rows))
	for i, r := range rows {
		users[i] = userOf(r)
	}
	return users, nil
}
