package rpc

import (
	"context"
	"time"

	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// Identity is who calls: a user with a level and a region, or a service account
// with scopes.
type Identity struct {
	// Subject is the user's id, or "service:" and the account's name.
	Subject string
	// Name is for people to read, e.g. in a history.
	Name string
	// Level is LEVEL_UNSPECIFIED for a service account.
	Level commonv1.Level
	// Region is the GB/T 2260 code of a user's province, city or county, or of
	// what a service account is limited to.
	Region string
	// Roles are a user's.
	Roles []commonv1.Role
	// MustChangePassword keeps a user from everything else.
	MustChangePassword bool
	// Scopes are a service account's.
	Scopes []string
	// IssuedAt is when the token was made.
	IssuedAt time.Time
	// Token is the bearer token it came with, to call on in the same name.
	Token string
}

type identityKey struct{}

// WithIdentity returns a context that carries the caller.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// IdentityFrom returns the caller; the zero Identity, which may do nothing, when
// there is none.
func IdentityFrom(ctx context.Context) Identity {
	id, _ := ctx.Value(identityKey{}).(Identity)
	return id
}
