package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// scoped are the settings by which a transaction sees the entries of a scope.
func scoped(scope domain.Scope) []pg.Setting {
	return []pg.Setting{{Name: "baoxue.scope_from", Value: scope.From}, {Name: "baoxue.scope_to", Value: scope.To}}
}

// ApplyPlaces implements app.PlaceStore.
func (s *Store) ApplyPlaces(ctx context.Context, places []app.Place) error {
	p := db.ApplyPlacesParams{}
	for _, place := range places {
		p.EntryIds = append(p.EntryIds, place.EntryID)
		p.CountyCodes = append(p.CountyCodes, place.CountyCode)
		p.Sources = append(p.Sources, place.Source)
		p.Versions = append(p.Versions, place.Version)
		p.Times = append(p.Times, place.At)
	}
	options := pg.TxOptions{Local: scoped(domain.WholeProvince)}
	if err := pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error { return db.New(tx).ApplyPlaces(ctx, p) }); err != nil {
		return fmt.Errorf("places of entries: %w", err)
	}
	return nil
}
