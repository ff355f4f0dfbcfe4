package app

import (
	"context"
	"strings"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

var errCredentials = fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "用户名或密码不正确")

// Login checks a password. A wrong name and a disabled user take as long as a
// wrong password, and answer the same.
func (a Access) Login(ctx context.Context, username, password string) (Tokens, error) {
	username = strings.ToLower(strings.TrimSpace(username))
	var user domain.User
	var found bool
	// A name that nobody can have may hold what the database refuses to read.
	if domain.IsUsername(username) {
		var err error
		if user, found, err = a.Store.UserByName(ctx, username); err != nil {
			return Tokens{}, err
		}
	}
	hash := user.PasswordHash
	if !found {
		hash = a.Decoy
	}
	matches, err := a.Passwords.Matches(ctx, hash, password)
	if err != nil {
		return Tokens{}, err
	}
	if !matches || !found || user.Disabled {
		return Tokens{}, errCredentials
	}
	refresh, digest := newRefresh()
	if err := a.Store.StartFamily(ctx, user.ID, digest, a.Now().Add(a.RefreshTTL)); err != nil {
		return Tokens{}, err
	}
	return a.tokens(user, refresh)
}
