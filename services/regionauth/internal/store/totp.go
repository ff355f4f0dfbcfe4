package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// SetTotpSecret implements app.TotpStore.
func (s *Store) SetTotpSecret(ctx context.Context, userID string, sealed []byte) (bool, error) {
	n, err := db.New(s.pool).SetTotpSecret(ctx, db.SetTotpSecretParams{ID: userID, Secret: sealed})
	if err != nil {
		return false, fmt.Errorf("second factor: %w", err)
	}
	return n > 0, nil
}

// ConfirmTotp implements app.TotpStore.
func (s *Store) ConfirmTotp(ctx context.Context, userID string, sealed []byte, step int64, recovery [][32]byte) (ok bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		ok = false
		q := db.New(tx)
		user, err := q.LockUser(ctx, userID)
		if err != nil {
			return err
		}
		n, err := q.ConfirmTotp(ctx, db.ConfirmTotpParams{ID: userID, At: s.now(), Step: step, Secret: sealed})
		if err != nil || n == 0 {
			return err
		}
		if err := q.DropRecoveryCodes(ctx, userID); err != nil {
			return err
		}
		for _, d := range recovery {
			if err := q.InsertRecoveryCode(ctx, db.InsertRecoveryCodeParams{UserID: userID, Digest: d[:]}); err != nil {
				return err
			}
		}
		ok = true
		return audit.Append(ctx, tx, byUser("totp.on", userOf(user)))
	})
	if err != nil {
		return false, fmt.Errorf("second factor: %w", err)
	}
	return ok, nil
}

// UseTotpStep implements app.TotpStore.
func (s *Store) UseTotpStep(ctx context.Context, userID string, step int64) (bool, error) {
	n, err := db.New(s.pool).UseTotpStep(ctx, db.UseTotpStepParams{ID: userID, Step: step})
	if err != nil {
		return false, fmt.Errorf("second factor: %w", err)
	}
	return n > 0, nil
}

// UseRecoveryCode implements app.TotpStore.
func (s *Store) UseRecoveryCode(ctx context.Context, userID string, digest [32]byte) (bool, error) {
	n, err := db.New(s.pool).UseRecoveryCode(ctx, db.UseRecoveryCodeParams{UserID: userID, Digest: digest[:], At: s.now()})
	if err != nil {
		return false, fmt.Errorf("second factor: %w", err)
	}
	return n > 0, nil
}

// TurnOffTotp implements app.TotpStore.
func (s *Store) TurnOffTotp(ctx context.Context, userID string) error {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		user, err := q.LockUser(ctx, userID)
		if err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, byUser("totp.off", userOf(user))); err != nil {
			return err
		}
		return turnOffTotp(ctx, q, userID)
	})
	if err != nil {
		return fmt.Errorf("second factor: %w", err)
	}
	return nil
}

func turnOffTotp(ctx context.Context, q *db.Queries, userID string) error {
	if err := q.DropRecoveryCodes(ctx, userID); err != nil {
		return err
	}
	return q.TurnOffTotp(ctx, userID)
}
