package app

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"baoxue.internal/pkg/fault"
)

// Client is another system that asks for a token.
type Client struct {
	// Name of the account; with a certificate it may be empty.
	Name, Secret string
	// Certificate is what the client certificate says it is, verified; nil without
	// one.
	Certificate []string
	// Address of the client.
	Address string
}

var errClient = fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "系统账号或密钥不正确，或账号已停用、已到期")

// Token gives another system a token for its secret or its certificate. Wrong ones
// count for the address: a secret is too long to be guessed, and nobody must be
// able to lock another system out.
func (a Accounts) Token(ctx context.Context, c Client) (access string, ttl time.Duration, err error) {
	attempt, err := a.Lockout.enter(ctx, "", c.Address)
	if err != nil {
		return "", 0, err
	}
	defer attempt.leave(ctx)
	name, ok, err := a.identify(ctx, c)
	if err != nil {
		return "", 0, err
	}
	if !ok {
		return "", 0, attempt.failed(ctx, errClient)
	}
	// Before the account is locked: a disabling that comes after takes a later time.
	now := a.Now()
	account, ok, err := a.Store.UseAccount(ctx, name, now)
	if err != nil {
		return "", 0, err
	}
	if !ok {
		return "", 0, attempt.failed(ctx, errClient)
	}
	ttl = serviceTTL
	if !account.ExpiresAt.IsZero() {
		ttl = min(ttl, account.ExpiresAt.Sub(now))
	}
	access, err = a.Sign(Subject{
		ID: "service:" + account.Name, Name: account.DisplayName, Region: account.Region, Scopes: account.Scopes,
	}, now, ttl)
	return access, ttl, err
}

// identify tells whose secret or certificate it is.
func (a Accounts) identify(ctx context.Context, c Client) (name string, ok bool, err error) {
	if c.Secret != "" {
		name, ok, err = a.Store.AccountBySecret(ctx, sha256.Sum256([]byte(c.Secret)))
		return name, ok && name == c.Name, err
	}
	if len(c.Certificate) == 0 {
		return "", false, nil
	}
	names, err := a.Store.AccountsByCertificate(ctx, c.Certificate)
	if err != nil {
		return "", false, err
	}
	if c.Name != "" {
		return c.Name, slices.Contains(names, c.Name), nil
	}
	// A certificate with several names may be several accounts'; then the client
	// has to say which.
	if len(names) != 1 {
		return "", false, nil
	}
	return names[0], true, nil
}
