package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// lockUnchanged locks a user and reports whether the one read before still stands:
// enabled, with the same password.
func lockUnchanged(ctx context.Context, q *db.Queries, read domain.User) (bool, error) {
	locked, err := q.LockUser(ctx, read.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil && locked.DisabledAt == nil && locked.PasswordHash == read.PasswordHash, err
}

// inLogin is the user as a login sees them: who signed on elsewhere has no password
// to change here.
func inLogin(u db.User, signedOn bool) domain.User {
	user := userOf(u)
	user.MustChangePassword = user.MustChangePassword && !signedOn
	return user
}

// StartFamily implements app.Store.
func (s *Store) StartFamily(ctx context.Context, user domain.User, signedOn bool, digest [32]byte, now, expires time.Time) (as domain.User, ok bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		as, ok = domain.User{}, false
		q := db.New(tx)
		same, err := lockUnchanged(ctx, q, user)
		if err != nil || !same {
			return err
		}
		updated, err := q.LoggedIn(ctx, db.LoggedInParams{ID: user.ID, At: now})
		if err != nil {
			return err
		}
		record := byUser("login", userOf(updated))
		if signedOn {
			record.Details["by"] = "sign_on"
		}
		if err := audit.Append(ctx, tx, record); err != nil {
			return err
		}
		as, ok = inLogin(updated, signedOn), true
		return q.InsertRefresh(ctx, db.InsertRefreshParams{
			Digest: digest[:], Family: uuid.NewString(), UserID: user.ID, ExpiresAt: expires, SignedOn: signedOn,
		})
	})
	if err != nil {
		return domain.User{}, false, fmt.Errorf("logging in: %w", err)
	}
	return as, ok, nil
}

// Rotate implements app.Store.
func (s *Store) Rotate(ctx context.Context, digest, next [32]byte, now, expires time.Time) (user domain.User, ok bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		// A transaction that is tried again starts from nothing.
		user, ok = domain.User{}, false
		q := db.New(tx)
		owner, was, err := lockRefresh(ctx, q, digest)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if was.UsedAt != nil || owner.DisabledAt != nil {
			return refuseRefresh(ctx, tx, owner, was)
		}
		if was.RevokedAt != nil || !was.ExpiresAt.After(now) {
			return nil
		}
		if err := q.UseRefresh(ctx, digest[:]); err != nil {
			return err
		}
		user, ok = inLogin(owner, was.SignedOn), true
		return q.InsertRefresh(ctx, db.InsertRefreshParams{Digest: next[:], Family: was.Family, UserID: was.UserID, ExpiresAt: expires, SignedOn: was.SignedOn})
	})
	if err != nil {
		return domain.User{}, false, fmt.Errorf("refreshing: %w", err)
	}
	return user, ok, nil
}

// EndFamily implements app.Store.
func (s *Store) EndFamily(ctx context.Context, digest [32]byte) error {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		owner, was, err := lockRefresh(ctx, q, digest)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil || was.RevokedAt != nil {
			return err
		}
		if err := audit.Append(ctx, tx, byUser("logout", userOf(owner))); err != nil {
			return err
		}
		return q.RevokeFamily(ctx, was.Family)
	})
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}

// refuseRefresh ends the login of a token that came twice, or whose user is
// disabled; that it had to be ended is recorded once.
func refuseRefresh(ctx context.Context, tx pgx.Tx, owner db.User, was db.RefreshToken) error {
	if was.RevokedAt != nil {
		return nil
	}
	if err := audit.Append(ctx, tx, refreshRefused(owner)); err != nil {
		return err
	}
	return db.New(tx).RevokeFamily(ctx, was.Family)
}

// lockRefresh locks the token's user and reads the token after that, so that it
// sees what whoever held the lock before did.
func lockRefresh(ctx context.Context, q *db.Queries, digest [32]byte) (db.User, db.RefreshToken, error) {
	owner, err := q.LockRefreshOwner(ctx, digest[:])
	if err != nil {
		return db.User{}, db.RefreshToken{}, err
	}
	was, err := q.GetRefresh(ctx, digest[:])
	return owner, was, err
}

// EndLogins implements app.Store.
func (s *Store) EndLogins(ctx context.Context, userID string) error {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		user, err := q.LockUser(ctx, userID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, byUser("logout.everywhere", userOf(user))); err != nil {
			return err
		}
		_, err = s.endLogins(ctx, q, userID)
		return err
	})
	if err != nil {
		return fmt.Errorf("logging out everywhere: %w", err)
	}
	return nil
}

// endLogins ends the logins of a user whose row is locked; access tokens made
// before the time returned stop counting.
func (s *Store) endLogins(ctx context.Context, q *db.Queries, userID string) (time.Time, error) {
	if err := q.RevokeLogins(ctx, userID); err != nil {
		return time.Time{}, err
	}
	// Taken while the row is locked: whoever was let in before took an earlier one.
	at := s.now()
	return at, q.Revoke(ctx, db.RevokeParams{Subject: userID, IssuedBefore: at})
}

// Revocations implements app.Store.
func (s *Store) Revocations(ctx context.Context, since time.Time) (map[string]time.Time, error) {
	rows, err := db.New(s.pool).ListRevocations(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("revocations: %w", err)
	}
	revocations := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		revocations[r.Subject] = r.IssuedBefore
	}
	return revocations, nil
}

// LastPasswords implements app.Store.
func (s *Store) LastPasswords(ctx context.Context, userID string) ([]string, error) {
	hashes, err := db.New(s.pool).ListPasswords(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("last passwords: %w", err)
	}
	return hashes, nil
}

// setPassword stores a password and forgets those that are too long ago.
func setPassword(ctx context.Context, q *db.Queries, userID, hash string, mustChange bool) (db.User, error) {
	user, err := q.SetPassword(ctx, db.SetPasswordParams{ID: userID, PasswordHash: hash, MustChangePassword: mustChange})
	if err != nil {
		return db.User{}, err
	}
	if err := q.RememberPassword(ctx, db.RememberPasswordParams{UserID: userID, Hash: hash}); err != nil {
		return db.User{}, err
	}
	return user, q.ForgetPasswords(ctx, db.ForgetPasswordsParams{UserID: userID, Keep: domain.PasswordsKept})
}

// ChangePassword implements app.Store.
func (s *Store) ChangePassword(ctx context.Context, user domain.User, hash string, digest [32]byte, expires time.Time) (as domain.User, at time.Time, ok bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		as, at, ok = domain.User{}, time.Time{}, false
		q := db.New(tx)
		same, err := lockUnchanged(ctx, q, user)
		if err != nil || !same {
			return err
		}
		changed, err := setPassword(ctx, q, user.ID, hash, false)
		if err != nil {
			return err
		}
		if at, err = s.endLogins(ctx, q, user.ID); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, byUser("password.change", userOf(changed))); err != nil {
			return err
		}
		as, ok = userOf(changed), true
		return q.InsertRefresh(ctx, db.InsertRefreshParams{Digest: digest[:], Family: uuid.NewString(), UserID: user.ID, ExpiresAt: expires})
	})
	if err != nil {
		return domain.User{}, time.Time{}, false, fmt.Errorf("changing a password: %w", err)
	}
	return as, at, ok, nil
}

// A revocation outlives every token that it may concern.
const keepRevocations = 48 * time.Hour

// DropExpired removes what is of no use any more.
func (s *Store) DropExpired(ctx context.Context) error {
	q, now := db.New(s.pool), s.now()
	if err := errors.Join(
		q.DropExpired(ctx),
		q.DropSecrets(ctx, now),
		q.DropSignOns(ctx, now),
		q.DropRevocations(ctx, now.Add(-keepRevocations)),
		q.DropThrottles(ctx, db.DropThrottlesParams{TouchedBefore: now.Add(-24 * time.Hour), SucceededBefore: now.Add(-domain.FamiliarFor)}),
	); err != nil {
		return fmt.Errorf("removing what expired: %w", err)
	}
	return nil
}
