package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// StartSignOn implements app.SignOnStore.
func (s *Store) StartSignOn(ctx context.Context, b app.SignOn) error {
	err := db.New(s.pool).InsertSignOn(ctx, db.InsertSignOnParams{State: b.State[:], Nonce: b.Nonce[:], Verifier: b.Verifier, ExpiresAt: b.ExpiresAt})
	if err != nil {
		return fmt.Errorf("sign-on: %w", err)
	}
	return nil
}

// TakeSignOn implements app.SignOnStore.
func (s *Store) TakeSignOn(ctx context.Context, state [32]byte, now time.Time) (app.SignOn, bool, error) {
	taken, err := db.New(s.pool).TakeSignOn(ctx, db.TakeSignOnParams{State: state[:], Now: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return app.SignOn{}, false, nil
	}
	if err != nil {
		return app.SignOn{}, false, fmt.Errorf("sign-on: %w", err)
	}
	return app.SignOn{State: state, Nonce: [32]byte(taken.Nonce), Verifier: taken.Verifier, ExpiresAt: taken.ExpiresAt}, true, nil
}

// UserByExternalID implements app.SignOnStore.
func (s *Store) UserByExternalID(ctx context.Context, person string) (domain.User, bool, error) {
	return one(db.New(s.pool).UserByExternalID(ctx, person))
}
