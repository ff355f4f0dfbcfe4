package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// rerouter is who stands in the history of an entry that followed the divisions.
const rerouter = "区划变更"

// Counties implements app.RerouteStore.
func (s *Store) Counties(ctx context.Context) (counties []string, err error) {
	err = s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
		counties, err = db.New(tx).Counties(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counties with entries: %w", err)
	}
	return counties, nil
}

// Reroute implements app.RerouteStore.
func (s *Store) Reroute(ctx context.Context, county string, to app.Resolution) (moved int, err error) {
	suggestions, err := json.Marshal(to.Suggestions())
	if err != nil {
		return 0, fmt.Errorf("candidates: %w", err)
	}
	err = s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockReroute(ctx); err != nil {
			return err
		}
		rows, err := q.MoveCounty(ctx, db.MoveCountyParams{
			FromCounty: county, ToCounty: to.County, Reason: to.RoutingReason(), Suggestions: suggestions,
			Flag: string(to.Flag()), Actor: rerouter,
		})
		if err != nil {
			return err
		}
		if err := q.VoidTransfersOf(ctx, county); err != nil {
			return err
		}
		moved = len(rows)
		events := make([]outbox.Event, len(rows))
		for i, r := range rows {
			events[i] = routed(r.ID, r.RoutingVersion, to.County, r.Source, "", r.UpdatedAt)
		}
		if moved > 0 {
			if err := audit.Append(ctx, tx, rerouted(county, to, moved)); err != nil {
				return err
			}
		}
		return outbox.AppendAll(ctx, tx, events)
	})
	if err != nil {
		return 0, fmt.Errorf("moving the entries of %s: %w", county, err)
	}
	s.committed()
	return moved, nil
}

// MarkSplit implements app.RerouteStore.
func (s *Store) MarkSplit(ctx context.Context, split app.Split) (marked int, err error) {
	suggestions, err := json.Marshal(split.Suggestions())
	if err != nil {
		return 0, fmt.Errorf("candidates: %w", err)
	}
	err = s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		marked = 0
		q := db.New(tx)
		first, err := q.RememberSplit(ctx, split.ChangeID)
		if err != nil || first == 0 {
			return err
		}
		n, err := q.MarkSplit(ctx, db.MarkSplitParams{
			County: split.County, Before: split.From, Suggestions: suggestions, Flag: string(domain.FlagRegionAmbiguous),
		})
		marked = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("candidates for the entries of %s: %w", split.County, err)
	}
	return marked, nil
}
