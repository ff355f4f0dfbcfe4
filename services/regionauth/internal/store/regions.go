package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// RegionChanges implements app.RegionStore.
func (s *Store) RegionChanges(ctx context.Context) ([]domain.RegionChange, error) {
	rows, err := db.New(s.pool).ListRegionChanges(ctx)
	if err != nil {
		return nil, fmt.Errorf("region changes: %w", err)
	}
	return changesOf(rows), nil
}

// AddRegionChange implements app.RegionStore.
func (s *Store) AddRegionChange(ctx context.Context, c domain.RegionChange, check func([]domain.RegionChange) error) (domain.RegionChange, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return domain.RegionChange{}, fmt.Errorf("region change id: %w", err)
	}
	params := db.InsertRegionChangeParams{
		ID: id.String(), Kind: int16(c.Kind), EffectiveMonth: c.Month, FromCodes: c.From, Document: c.Document, Actor: c.Actor,
	}
	for _, to := range c.To {
		params.ToCodes = append(params.ToCodes, to.Code)
		params.ToNames = append(params.ToNames, to.Name)
		params.ToParents = append(params.ToParents, to.Parent)
	}
	entered, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.RegionChange, error) {
		q := db.New(tx)
		if err := q.LockRegionChanges(ctx); err != nil {
			return db.RegionChange{}, err
		}
		before, err := q.ListRegionChanges(ctx)
		if err != nil {
			return db.RegionChange{}, err
		}
		if err := check(changesOf(before)); err != nil {
			return db.RegionChange{}, err
		}
		if err := audit.Append(ctx, tx, regionChanged(params)); err != nil {
			return db.RegionChange{}, err
		}
		entered, err := q.InsertRegionChange(ctx, params)
		if err != nil {
			return db.RegionChange{}, err
		}
		return entered, outbox.Append(ctx, tx, outbox.Event{
			Service: "regionauth", Name: "regions_changed", Region: domain.Province, Time: entered.CreatedAt,
			Body: &eventv1.RegionsChanged{ChangeId: entered.ID, EffectiveMonth: entered.EffectiveMonth, OccurTime: timestamppb.New(entered.CreatedAt)},
		})
	})
	if err != nil {
		return domain.RegionChange{}, fmt.Errorf("entering a region change: %w", err)
	}
	s.wake()
	return changeOf(entered), nil
}

func changesOf(rows []db.RegionChange) []domain.RegionChange {
	changes := make([]domain.RegionChange, len(rows))
	for i, r := range rows {
		changes[i] = changeOf(r)
	}
	return changes
}

func changeOf(r db.RegionChange) domain.RegionChange {
	c := domain.RegionChange{
		ID: r.ID, Kind: domain.ChangeKind(r.Kind), Month: r.EffectiveMonth, From: r.FromCodes, Document: r.Document,
		Actor: r.Actor, CreatedAt: r.CreatedAt,
	}
	for i, code := range r.ToCodes {
		c.To = append(c.To, domain.ChangedRegion{Code: code, Name: r.ToNames[i], Parent: r.ToParents[i]})
	}
	return c
}
