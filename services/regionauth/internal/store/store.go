// Package store keeps users, refresh tokens and signing keys in PostgreSQL.
package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// Migrations are regionauth's tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is regionauth's database.
type Store struct{ pool *pgxpool.Pool }

// New returns a store.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

func userOf(u db.User) domain.User {
	return domain.User{
		ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, Level: domain.RegionLevel(u.Level),
		Region: u.RegionCode, PasswordHash: u.PasswordHash, Disabled: u.DisabledAt != nil, Roles: rolesOf(u.Roles), CreatedAt: u.CreatedAt,
	}
}

func rolesOf(numbers []int16) []domain.Role {
	roles := make([]domain.Role, len(numbers))
	for i, n := range numbers {
		roles[i] = domain.Role(n)
	}
	return roles
}

func numbersOf(roles []domain.Role) []int16 {
	numbers := make([]int16, len(roles))
	for i, r := range roles {
		numbers[i] = int16(r)
	}
	return numbers
}

// one turns "no rows" into not found.
func one(u db.User, err error) (domain.User, bool, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.User{}, false, nil
	}
	if err != nil {
		return domain.User{}, false, fmt.Errorf("user: %w", err)
	}
	return userOf(u), true, nil
}

// UserByName implements app.Store.
func (s *Store) UserByName(ctx context.Context, username string) (domain.User, bool, error) {
	return one(db.New(s.pool).UserByName(ctx, username))
}

// UserByID implements app.Store.
func (s *Store) UserByID(ctx context.Context, id string) (domain.User, bool, error) {
	return one(db.New(s.pool).UserByID(ctx, id))
}

// ListUsers implements app.Store.
func (s *Store) ListUsers(ctx context.Context, after string, most int) ([]domain.User, error) {
	rows, err := db.New(s.pool).ListUsers(ctx, db.ListUsersParams{After: after, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	users := make([]domain.User, len(rows))
	for i, r := range rows {
		users[i] = userOf(r)
	}
	return users, nil
}

// AnyUser implements app.Store.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	any, err := db.New(s.pool).AnyUser(ctx)
	if err != nil {
		return false, fmt.Errorf("users: %w", err)
	}
	return any, nil
}

// CreateUser implements app.Store.
func (s *Store) CreateUser(ctx context.Context, u domain.NewUser, hash string, first bool) (domain.User, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return domain.User{}, fmt.Errorf("user id: %w", err)
	}
	created, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.User, error) {
		q := db.New(tx)
		if first {
			if err := q.LockUsers(ctx); err != nil {
				return db.User{}, err
			}
			any, err := q.AnyUser(ctx)
			if err != nil {
				return db.User{}, err
			}
			if any {
				return db.User{}, app.ErrBootstrapRefused
			}
		}
		return q.InsertUser(ctx, db.InsertUserParams{
			ID: id.String(), Username: u.Username, DisplayName: u.DisplayName, PasswordHash: hash,
			Level: int16(u.Level), RegionCode: u.Region, Roles: numbersOf(u.Roles),
		})
	})
	if pg.IsUniqueViolation(err, "users_username_key") {
		return domain.User{}, app.ErrUsernameTaken
	}
	if err != nil {
		return domain.User{}, fmt.Errorf("creating a user: %w", err)
	}
	return userOf(created), nil
}

// StartFamily implements app.Store.
func (s *Store) StartFamily(ctx context.Context, userID string, digest [32]byte, expires time.Time) error {
	err := db.New(s.pool).InsertRefresh(ctx, db.InsertRefreshParams{
		Digest: digest[:], Family: uuid.NewString(), UserID: userID, ExpiresAt: expires,
	})
	if err != nil {
		return fmt.Errorf("refresh token: %w", err)
	}
	return nil
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
			return q.RevokeFamily(ctx, was.Family)
		}
		if was.RevokedAt != nil || !was.ExpiresAt.After(now) {
			return nil
		}
		if err := q.UseRefresh(ctx, digest[:]); err != nil {
			return err
		}
		user, ok = userOf(owner), true
		return q.InsertRefresh(ctx, db.InsertRefreshParams{Digest: next[:], Family: was.Family, UserID: was.UserID, ExpiresAt: expires})
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
		_, was, err := lockRefresh(ctx, q, digest)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return q.RevokeFamily(ctx, was.Family)
	})
	if err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
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

// DropExpired removes refresh tokens that are of no use any more.
func (s *Store) DropExpired(ctx context.Context) error {
	if err := db.New(s.pool).DropExpired(ctx); err != nil {
		return fmt.Errorf("expired refresh tokens: %w", err)
	}
	return nil
}

// Keys returns the signing keys, the one to sign with first. The first process
// ever makes one.
func (s *Store) Keys(ctx context.Context) ([]app.Key, error) {
	rows, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) ([]db.SigningKey, error) {
		q := db.New(tx)
		if err := q.LockKeys(ctx); err != nil {
			return nil, err
		}
		rows, err := q.ListKeys(ctx)
		if err != nil || len(rows) > 0 {
			return rows, err
		}
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		if err := q.InsertKey(ctx, db.InsertKeyParams{ID: rand.Text(), Seed: private.Seed()}); err != nil {
			return nil, err
		}
		return q.ListKeys(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	keys := make([]app.Key, len(rows))
	for i, r := range rows {
		keys[i] = app.Key{ID: r.ID, Private: ed25519.NewKeyFromSeed(r.Seed)}
	}
	return keys, nil
}
