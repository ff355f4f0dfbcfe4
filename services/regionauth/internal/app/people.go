package app

import (
	"context"
	"time"

	"baoxue.internal/services/regionauth/internal/domain"
)

// PeopleStore keeps users. Each method decides by its check on what it has locked,
// so that of two at once the second sees what the first did.
type PeopleStore interface {
	// ListUsers lists users by name, of the regions or, if none is named, of all.
	ListUsers(ctx context.Context, f UserFilter) ([]domain.User, error)
	UserByID(ctx context.Context, id string) (domain.User, bool, error)
	CreateUser(ctx context.Context, u domain.NewUser, passwordHash string, first bool) (domain.User, error)
	// UpdateUser stores what change makes of a user. Access tokens with another
	// region or other roles stop counting.
	UpdateUser(ctx context.Context, id string, change func(u domain.User, otherAdministrators int) (domain.User, error)) (domain.User, error)
	// DisableUser ends all logins and says to whom the work goes.
	DisableUser(ctx context.Context, d Disabling, check func(u domain.User, successor *domain.User, otherAdministrators int) error) (domain.User, error)
	EnableUser(ctx context.Context, id, reason string, check func(domain.User) error) (domain.User, error)
	DeleteUser(ctx context.Context, id string, check func(u domain.User, confirmed []string) error) error
	// ResetPassword ends all logins, lifts a lock-out and turns the second factor
	// off.
	ResetPassword(ctx context.Context, id, hash, reason string, check func(domain.User) error) error
	// ConfirmHandOver has no effect for a user who is not disabled.
	ConfirmHandOver(ctx context.Context, userID, service string, items int) error
	// LockedUntil tells, by user name, until when strange addresses are kept out.
	LockedUntil(ctx context.Context, usernames []string) (map[string]time.Time, error)
}

// UserFilter says which users to list.
type UserFilter struct {
	After   string
	Regions []string
	// Q is part of the user name or the display name.
	Q    string
	Most int
}

// Disabling says whom to disable and why.
type Disabling struct {
	ID, Reason string
	// Successor is the name of who takes the work over; empty means nobody.
	Successor string
}

// People are the use cases of those who manage users.
type People struct {
	Store     PeopleStore
	Passwords Passwords
	Regions   *Regions
	Now       func() time.Time
}

// withLocks fills in until when users are locked out.
func (p People) withLocks(ctx context.Context, users ...domain.User) ([]domain.User, error) {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Username
	}
	until, err := p.Store.LockedUntil(ctx, names)
	if err != nil {
		return nil, err
	}
	now := p.Now()
	for i, u := range users {
		if at := until[u.Username]; at.After(now) {
			users[i].LockedUntil = at
		}
	}
	return users, nil
}
