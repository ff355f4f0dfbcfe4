package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// ListUsers implements app.PeopleStore.
func (s *Store) ListUsers(ctx context.Context, f app.UserFilter) ([]domain.User, error) {
	if f.Regions == nil {
		f.Regions = []string{}
	}
	rows, err := db.New(s.pool).ListUsers(ctx, db.ListUsersParams{After: f.After, Regions: f.Regions, Q: f.Q, Most: int32(f.Most)})
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	users := make([]domain.User, len(rows))
	for i, r := range rows {
		users[i] = userOf(r)
	}
	return users, nil
}

// changeUser locks the administrators' lock and the user, and hands both to act.
func (s *Store) changeUser(ctx context.Context, what, id string, act func(tx pgx.Tx, q *db.Queries, u domain.User) (db.User, error)) (domain.User, error) {
	changed, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.User, error) {
		q := db.New(tx)
		if err := q.LockAdministrators(ctx); err != nil {
			return db.User{}, err
		}
		locked, err := q.LockUser(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return db.User{}, domain.ErrNoUser
		}
		if err != nil {
			return db.User{}, err
		}
		return act(tx, q, userOf(locked))
	})
	if err != nil {
		return domain.User{}, fmt.Errorf("%s: %w", what, err)
	}
	return userOf(changed), nil
}

// UpdateUser implements app.PeopleStore.
func (s *Store) UpdateUser(ctx context.Context, id string, change func(u domain.User, otherAdministrators int) (domain.User, error)) (domain.User, error) {
	updated, err := s.changeUser(ctx, "changing a user", id, func(tx pgx.Tx, q *db.Queries, was domain.User) (db.User, error) {
		others, err := q.CountOtherAdministrators(ctx, id)
		if err != nil {
			return db.User{}, err
		}
		u, err := change(was, int(others))
		if err != nil {
			return db.User{}, err
		}
		if u.Region != was.Region || !slices.Equal(u.Roles, was.Roles) {
			if err := q.Revoke(ctx, db.RevokeParams{Subject: id, IssuedBefore: s.now()}); err != nil {
				return db.User{}, err
			}
		}
		if err := audit.Append(ctx, tx, userUpdated(was, u)); err != nil {
			return db.User{}, err
		}
		return q.UpdateUser(ctx, db.UpdateUserParams{
			ID: id, DisplayName: u.DisplayName, RegionCode: u.Region, Roles: numbersOf(u.Roles), ExternalID: u.ExternalID,
		})
	})
	if pg.IsUniqueViolation(err, externalIDKey) {
		return domain.User{}, app.ErrExternalIDTaken
	}
	return updated, err
}

// DisableUser implements app.PeopleStore.
func (s *Store) DisableUser(ctx context.Context, d app.Disabling, check func(u domain.User, successor *domain.User, otherAdministrators int) error) (domain.User, error) {
	disabled, err := s.changeUser(ctx, "disabling a user", d.ID, func(tx pgx.Tx, q *db.Queries, u domain.User) (db.User, error) {
		others, err := q.CountOtherAdministrators(ctx, d.ID)
		if err != nil {
			return db.User{}, err
		}
		successor, err := successorOf(ctx, q, d.Successor)
		if err != nil {
			return db.User{}, err
		}
		if err := check(u, successor, int(others)); err != nil {
			return db.User{}, err
		}
		at, err := s.endLogins(ctx, q, d.ID)
		if err != nil {
			return db.User{}, err
		}
		// What was confirmed at an earlier disabling says nothing about this one.
		if err := q.ForgetHandOvers(ctx, d.ID); err != nil {
			return db.User{}, err
		}
		body := &eventv1.UserDisabled{UserId: d.ID, OccurTime: timestamppb.New(at)}
		if successor != nil {
			body.SuccessorId = successor.ID
		}
		event := outbox.Event{Service: "regionauth", Name: "user_disabled", Region: u.Region, Time: at, Body: body}
		if err := outbox.Append(ctx, tx, event); err != nil {
			return db.User{}, err
		}
		if err := audit.Append(ctx, tx, userDisabled(u, successor, d.Reason)); err != nil {
			return db.User{}, err
		}
		return q.DisableUser(ctx, db.DisableUserParams{ID: d.ID, At: at, Reason: d.Reason})
	})
	if err == nil {
		s.wake()
	}
	return disabled, err
}

// successorOf is nil when none was named, and the zero User when the one named is
// not there. The administrators' lock keeps the successor from being disabled
// meanwhile.
func successorOf(ctx context.Context, q *db.Queries, username string) (*domain.User, error) {
	if username == "" {
		return nil, nil //nolint:nilnil // nobody was named
	}
	if !domain.IsUsername(username) {
		return &domain.User{}, nil
	}
	u, _, err := one(q.UserByName(ctx, username))
	return &u, err
}

// EnableUser implements app.PeopleStore.
func (s *Store) EnableUser(ctx context.Context, id, reason string, check func(domain.User) error) (domain.User, error) {
	return s.changeUser(ctx, "enabling a user", id, func(tx pgx.Tx, q *db.Queries, u domain.User) (db.User, error) {
		if err := check(u); err != nil {
			return db.User{}, err
		}
		if err := q.ForgetHandOvers(ctx, id); err != nil {
			return db.User{}, err
		}
		if err := audit.Append(ctx, tx, because(onUser("user.enable", u), reason)); err != nil {
			return db.User{}, err
		}
		return q.EnableUser(ctx, id)
	})
}

// DeleteUser implements app.PeopleStore.
func (s *Store) DeleteUser(ctx context.Context, id string, check func(u domain.User, confirmed []string) error) error {
	_, err := s.changeUser(ctx, "deleting a user", id, func(tx pgx.Tx, q *db.Queries, u domain.User) (db.User, error) {
		confirmed, err := q.ListHandOvers(ctx, id)
		if err != nil {
			return db.User{}, err
		}
		if err := check(u, confirmed); err != nil {
			return db.User{}, err
		}
		if err := audit.Append(ctx, tx, onUser("user.delete", u)); err != nil {
			return db.User{}, err
		}
		return db.User{}, q.DeleteUser(ctx, id)
	})
	return err
}

// ResetPassword implements app.PeopleStore.
func (s *Store) ResetPassword(ctx context.Context, id, hash, reason string, check func(domain.User) error) error {
	_, err := s.changeUser(ctx, "resetting a password", id, func(tx pgx.Tx, q *db.Queries, u domain.User) (db.User, error) {
		if err := check(u); err != nil {
			return db.User{}, err
		}
		if _, err := s.endLogins(ctx, q, id); err != nil {
			return db.User{}, err
		}
		if err := q.LiftLockout(ctx, accountKey(u.Username)); err != nil {
			return db.User{}, err
		}
		if err := turnOffTotp(ctx, q, id); err != nil {
			return db.User{}, err
		}
		if err := audit.Append(ctx, tx, because(onUser("password.reset", u), reason)); err != nil {
			return db.User{}, err
		}
		return setPassword(ctx, q, id, hash, true)
	})
	return err
}

// ConfirmHandOver implements app.PeopleStore.
func (s *Store) ConfirmHandOver(ctx context.Context, userID, service string, items int) error {
	err := db.New(s.pool).ConfirmHandOver(ctx, db.ConfirmHandOverParams{ID: userID, Service: service, Items: int32(items)})
	if err != nil {
		return fmt.Errorf("confirming a hand-over: %w", err)
	}
	return nil
}
