package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// Keys implements app.KeyStore.
func (s *Store) Keys(ctx context.Context, replacedSince time.Time) ([]app.Key, error) {
	rows, err := db.New(s.pool).ListKeys(ctx, replacedSince)
	if err == nil && (len(rows) == 0 || rows[0].ReplacedAt != nil) {
		if _, err = s.RotateKey(ctx, time.Time{}); err == nil {
			rows, err = db.New(s.pool).ListKeys(ctx, replacedSince)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	keys := make([]app.Key, len(rows))
	for i, r := range rows {
		if keys[i], err = s.keyOf(r); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// SealedKey is the place that a signing key is sealed for.
func SealedKey(id string) string { return "regionauth signing key " + id }

func (s *Store) keyOf(r db.SigningKey) (app.Key, error) {
	seed, err := s.sealer.Unseal(r.SeedSealed, SealedKey(r.ID))
	if err != nil {
		return app.Key{}, fmt.Errorf("signing key %s: %w", r.ID, err)
	}
	return app.Key{ID: r.ID, Private: ed25519.NewKeyFromSeed([]byte(seed)), CreatedAt: r.CreatedAt}, nil
}

// RotateKey implements app.KeyStore.
func (s *Store) RotateKey(ctx context.Context, madeBefore time.Time) (app.Key, error) {
	key, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (app.Key, error) {
		q := db.New(tx)
		if err := q.LockKeys(ctx); err != nil {
			return app.Key{}, err
		}
		now := s.now()
		present, err := q.ListKeys(ctx, now)
		if err != nil {
			return app.Key{}, err
		}
		if len(present) > 0 && present[0].ReplacedAt == nil && !present[0].CreatedAt.Before(madeBefore) {
			return s.keyOf(present[0])
		}
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return app.Key{}, err
		}
		if err := q.ReplaceKeys(ctx, now); err != nil {
			return app.Key{}, err
		}
		key := app.Key{ID: rand.Text(), Private: private, CreatedAt: now}
		if err := audit.Append(ctx, tx, keyRotated(ctx, key.ID)); err != nil {
			return app.Key{}, err
		}
		sealed, err := s.sealer.Seal(string(private.Seed()), SealedKey(key.ID))
		if err != nil {
			return app.Key{}, err
		}
		return key, q.InsertKey(ctx, db.InsertKeyParams{ID: key.ID, SeedSealed: sealed, CreatedAt: now})
	})
	if err != nil {
		return app.Key{}, fmt.Errorf("rotating the signing key: %w", err)
	}
	return key, nil
}

// DropKeys implements app.KeyStore.
func (s *Store) DropKeys(ctx context.Context, replacedBefore time.Time) error {
	if err := db.New(s.pool).DropKeys(ctx, replacedBefore); err != nil {
		return fmt.Errorf("dropping signing keys: %w", err)
	}
	return nil
}
