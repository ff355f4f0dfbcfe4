package app

import (
	"context"
	"strings"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

var errCredentials = fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "用户名或密码不正确")

// Credentials are what somebody logs in with.
type Credentials struct {
	Username, Password string
	// Code of the second factor; empty when none was asked for yet.
	Code string
	// Address of the client; empty when it is not known.
	Address string
}

// Login checks a password and, if it is on, the second factor. A wrong name and a
// disabled user take as long as a wrong password, and answer the same.
func (a Access) Login(ctx context.Context, c Credentials) (Tokens, error) {
	username := strings.ToLower(strings.TrimSpace(c.Username))
	attempt, err := a.Lockout.enter(ctx, username, c.Address)
	if err != nil {
		return Tokens{}, err
	}
	defer attempt.leave(ctx)
	user, found, err := a.userByName(ctx, username)
	if err != nil {
		return Tokens{}, err
	}
	hash := user.PasswordHash
	if !found {
		hash = a.Decoy
	}
	matches, err := a.Passwords.Matches(ctx, hash, c.Password)
	if err != nil {
		return Tokens{}, err
	}
	if !matches || !found || user.Disabled {
		return Tokens{}, attempt.failed(ctx, errCredentials)
	}
	if user.Totp.Confirmed {
		if c.Code == "" {
			return Tokens{}, errCodeRequired
		}
		ok, err := a.useCode(ctx, user, c.Code)
		if err != nil {
			return Tokens{}, err
		}
		if !ok {
			return Tokens{}, attempt.failed(ctx, errCodeInvalid)
		}
	}
	t, ok, err := a.start(ctx, user, false)
	if err != nil {
		return Tokens{}, err
	}
	if !ok {
		return Tokens{}, attempt.failed(ctx, errCredentials)
	}
	return t, attempt.succeeded(ctx)
}

func (a Access) userByName(ctx context.Context, username string) (domain.User, bool, error) {
	// A name that nobody can have may hold what the database refuses to read.
	if !domain.IsUsername(username) {
		return domain.User{}, false, nil
	}
	return a.Store.UserByName(ctx, username)
}
