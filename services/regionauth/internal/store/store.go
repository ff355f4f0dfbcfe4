// Package store keeps users, refresh tokens and signing keys in PostgreSQL.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// Migrations are regionauth's tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is regionauth's database.
type Store struct {
	pool *pgxpool.Pool
	// sealer seals what would let somebody in.
	sealer seal.Sealer
	// wake tells the relay that an event was committed.
	wake func()
	now  func() time.Time
}

// New returns a store. wake is called after an event was committed.
func New(pool *pgxpool.Pool, sealer seal.Sealer, wake func(), now func() time.Time) *Store {
	return &Store{pool: pool, sealer: sealer, wake: wake, now: now}
}

func userOf(u db.User) domain.User {
	return domain.User{
		ID: u.ID, Username: u.Username, DisplayName: u.DisplayName, Level: domain.RegionLevel(u.Level),
		Region: u.RegionCode, PasswordHash: u.PasswordHash, Disabled: u.DisabledAt != nil, Roles: rolesOf(u.Roles), CreatedAt: u.CreatedAt,
		MustChangePassword: u.MustChangePassword, ExternalID: u.ExternalID, DisabledAt: timeOf(u.DisabledAt), LastLoginAt: timeOf(u.LastLoginAt),
		Totp: domain.Totp{Sealed: u.TotpSecret, Confirmed: u.TotpConfirmedAt != nil, Step: u.TotpStep},
	}
}

// timeOf is zero for null.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// nullOf is null for zero.
func nullOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
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

// AnyUser implements app.Store.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	any, err := db.New(s.pool).AnyUser(ctx)
	if err != nil {
		return false, fmt.Errorf("users: %w", err)
	}
	return any, nil
}

// externalIDKey lets a person of the single sign-on provider be one user.
const externalIDKey = "users_external_id_key"

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
		created, err := q.InsertUser(ctx, db.InsertUserParams{
			ID: id.String(), Username: u.Username, DisplayName: u.DisplayName, PasswordHash: hash,
			Level: int16(u.Level), RegionCode: u.Region, Roles: numbersOf(u.Roles), ExternalID: u.ExternalID, MustChangePassword: u.MustChangePassword,
		})
		if err != nil {
			return db.User{}, err
		}
		if err := audit.Append(ctx, tx, userCreated(created, first)); err != nil {
			return db.User{}, err
		}
		return created, q.RememberPassword(ctx, db.RememberPasswordParams{UserID: created.ID, Hash: hash})
	})
	switch {
	case pg.IsUniqueViolation(err, "users_username_key"):
		return domain.User{}, app.ErrUsernameTaken
	case pg.IsUniqueViolation(err, externalIDKey):
		return domain.User{}, app.ErrExternalIDTaken
	}
	if err != nil {
		return domain.User{}, fmt.Errorf("creating a user: %w", err)
	}
	return userOf(created), nil
}
