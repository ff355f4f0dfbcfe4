package app

import (
	"context"
	"crypto/rand"
	"strings"

	"baoxue.internal/services/regionauth/internal/domain"
)

// ResetPassword gives a user a new first password and returns it.
func (p People) ResetPassword(ctx context.Context, by domain.Manager, id, reason string) (string, error) {
	if err := domain.CheckReason(reason); err != nil {
		return "", err
	}
	password := firstPassword()
	hash, err := p.Passwords.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = p.Store.ResetPassword(ctx, id, hash, reason, func(u domain.User) error { return by.CheckReset(u, p.Regions.Table()) })
	if err != nil {
		return "", err
	}
	return password, nil
}

// firstPassword has 80 random bits, in groups that can be read out.
func firstPassword() string {
	text := rand.Text()[:16]
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
}
