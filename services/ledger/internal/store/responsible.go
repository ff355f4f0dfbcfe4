package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// SetResponsible implements app.ResponsibleStore.
func (s *Store) SetResponsible(ctx context.Context, scope domain.Scope, entryIDs []string, userID string, check func([]string) error) (changed int, err error) {
	err = s.write(ctx, scope, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockPersonShared(ctx, userID); err != nil {
			return err
		}
		rows, err := q.LockQueued(ctx, db.LockQueuedParams{EntryIds: entryIDs, ScopeFrom: scope.From(), ScopeTo: scope.To()})
		if err != nil {
			return err
		}
		if len(rows) < len(entryIDs) {
			return domain.ErrNotFound
		}
		var counties []string
		for _, r := range rows {
			if !slices.Contains(counties, r.CountyCode) {
				counties = append(counties, r.CountyCode)
			}
		}
		if err := check(counties); err != nil {
			return err
		}
		n, err := q.SetResponsible(ctx, db.SetResponsibleParams{EntryIds: entryIDs, UserID: optional(userID)})
		if err != nil {
			return err
		}
		changed = int(n)
		return audit.AppendAll(ctx, tx, entrusted(rows, userID))
	})
	if err != nil {
		return 0, fmt.Errorf("responsible person: %w", err)
	}
	return changed, nil
}

// HandOver implements app.ResponsibleStore.
func (s *Store) HandOver(ctx context.Context, from, to string) (items int, err error) {
	err = s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockPerson(ctx, from); err != nil {
			return err
		}
		n, err := q.HandOver(ctx, db.HandOverParams{FromUser: from, ToUser: optional(to)})
		if err != nil || n == 0 {
			return err
		}
		items = int(n)
		return audit.Append(ctx, tx, handedOver(from, to, items))
	})
	if err != nil {
		return 0, fmt.Errorf("handing over: %w", err)
	}
	return items, nil
}

func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
