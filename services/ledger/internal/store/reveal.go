package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// Reveal implements app.RevealStore: what is not recorded is not shown.
func (s *Store) Reveal(ctx context.Context, scope domain.Scope, id, reason string) (domain.Entry, error) {
	var e db.Entry
	err := s.write(ctx, scope, func(tx pgx.Tx) (err error) {
		if e, err = db.New(tx).GetEntry(ctx, db.GetEntryParams{ID: id, ScopeFrom: scope.From(), ScopeTo: scope.To()}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, revealed(e, reason))
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Entry{}, domain.ErrNotFound
	}
	if err != nil {
		return domain.Entry{}, fmt.Errorf("revealing %s: %w", id, err)
	}
	return s.revealedOf(&e)
}

// revealedOf opens all of an entry.
func (s *Store) revealedOf(e *db.Entry) (domain.Entry, error) {
	entry, err := s.entryOf(e)
	if err != nil {
		return domain.Entry{}, err
	}
	f := s.fieldsOf(e.IdentityKey)
	entry.Guardian, entry.Phone = f.Unseal("guardian", e.GuardianSealed), f.Unseal("phone", e.PhoneSealed)
	if err := f.Err(); err != nil {
		return domain.Entry{}, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	return entry, nil
}
