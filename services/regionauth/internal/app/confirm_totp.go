package app

import (
	"context"
)

// ConfirmTotp turns the second factor on with a first code and returns recovery
// codes. Wrong codes count like wrong passwords.
func (a Access) ConfirmTotp(ctx context.Context, id, code, address string) (recovery []string, err error) {
	user, err := a.Me(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case user.Totp.Confirmed:
		return nil, errIsOn
	case len(user.Totp.Sealed) == 0:
		return nil, errNotSetUp
	}
	attempt, err := a.Lockout.enter(ctx, user.Username, address)
	if err != nil {
		return nil, err
	}
	defer attempt.leave(ctx)
	step, ok, err := a.Codes.Match(user.ID, user.Totp.Sealed, code, a.Now(), 0)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, attempt.failed(ctx, atField("code"))
	}
	recovery, digests := newRecoveryCodes()
	ok, err = a.Totp.ConfirmTotp(ctx, user.ID, user.Totp.Sealed, step, digests)
	if err == nil && !ok {
		err = errNotSetUp
	}
	return recovery, err
}
