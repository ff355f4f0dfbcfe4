package app

import (
	"context"

	"baoxue.internal/pkg/fault"
)

// TurnOffTotp turns the second factor off.
func (a Access) TurnOffTotp(ctx context.Context, id, password, code, address string) error {
	user, err := a.Me(ctx, id)
	if err != nil {
		return err
	}
	if !user.Totp.Confirmed {
		return errNotSetUp
	}
	attempt, err := a.Lockout.enter(ctx, user.Username, address)
	if err != nil {
		return err
	}
	defer attempt.leave(ctx)
	matches, err := a.Passwords.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return err
	}
	if !matches {
		return attempt.failed(ctx, fault.FromViolations("CREDENTIALS_INVALID", "密码不正确", []fault.Violation{
			{Field: "password", Reason: "CREDENTIALS_INVALID", Message: "密码不正确，请重新输入"},
		}))
	}
	ok, err := a.useCode(ctx, user, code)
	if err != nil {
		return err
	}
	if !ok {
		return attempt.failed(ctx, atField("code"))
	}
	return a.Totp.TurnOffTotp(ctx, user.ID)
}
