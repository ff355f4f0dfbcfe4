package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
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
		return q.InsertRegionChange(ctx, params)
	})
	if err != nil {
		return domain.RegionChange{}, fmt.Errorf("entering a region change: %w", err)
	}
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
