package app

import (
	"context"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// PasswordChange is a user's wish for another password.
type PasswordChange struct {
	UserID, Current, New string
	// Address of the client.
	Address string
}

// ChangePassword changes a user's password, ends all logins and starts a new one.
// A wrong current password counts like one at the login.
func (a Access) ChangePassword(ctx context.Context, c PasswordChange) (Tokens, error) {
	user, err := a.Me(ctx, c.UserID)
	if err != nil {
		return Tokens{}, err
	}
	attempt, err := a.Lockout.enter(ctx, user.Username, c.Address)
	if err != nil {
		return Tokens{}, err
	}
	defer attempt.leave(ctx)
	violations := domain.CheckPassword("new_password", user.Username, c.New)
	matches, err := a.Passwords.Matches(ctx, user.PasswordHash, c.Current)
	if err != nil {
		return Tokens{}, err
	}
	if !matches {
		return Tokens{}, attempt.failed(ctx, wrongCurrent(violations))
	}
	if err := attempt.succeeded(ctx); err != nil {
		return Tokens{}, err
	}
	if err := fault.FromViolations("PASSWORD_TOO_WEAK", "新密码不符合要求，请按提示修改", violations); err != nil {
		return Tokens{}, err
	}
	if err := a.checkNotUsedBefore(ctx, user, c.New); err != nil {
		return Tokens{}, err
	}
	hash, err := a.Passwords.Hash(ctx, c.New)
	if err != nil {
		return Tokens{}, err
	}
	refresh, digest := newRefresh()
	user, at, ok, err := a.Store.ChangePassword(ctx, user, hash, digest, a.Now().Add(a.RefreshTTL))
	if err != nil {
		return Tokens{}, err
	}
	if !ok {
		return Tokens{}, wrongCurrent(nil)
	}
	return a.tokens(user, refresh, at)
}

func wrongCurrent(others []fault.Violation) error {
	return fault.FromViolations("CREDENTIALS_INVALID", "当前密码不正确", append([]fault.Violation{
		{Field: "current_password", Reason: "CREDENTIALS_INVALID", Message: "当前密码不正确，请重新输入"},
	}, others...))
}

func (a Access) checkNotUsedBefore(ctx context.Context, user domain.User, password string) error {
	last, err := a.Store.LastPasswords(ctx, user.ID)
	if err != nil {
		return err
	}
	for _, hash := range last {
		used, err := a.Passwords.Matches(ctx, hash, password)
		if err != nil {
			return err
		}
		if used {
			return domain.PasswordUsedBefore("new_password")
		}
	}
	return nil
}
