package app

import (
	"context"
)

// LogoutEverywhere ends all logins of a user: refresh tokens at once, access
// tokens when the revocation reaches the verifiers, within a minute.
func (a Access) LogoutEverywhere(ctx context.Context, id string) error {
	return a.Store.EndLogins(ctx, id)
}
