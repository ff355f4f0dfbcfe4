package app

import (
	"context"
)

// SetUpTotp gives a user a secret; it counts from ConfirmTotp on.
func (a Access) SetUpTotp(ctx context.Context, id string) (secret, uri string, err error) {
	user, err := a.Me(ctx, id)
	if err != nil {
		return "", "", err
	}
	secret, uri, sealed, err := a.Codes.Generate(user.ID, user.Username)
	if err != nil {
		return "", "", err
	}
	ok, err := a.Totp.SetTotpSecret(ctx, user.ID, sealed)
	if err == nil && !ok {
		err = errIsOn
	}
	return secret, uri, err
}
