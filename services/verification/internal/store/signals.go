package store

import (
	"context"
	"fmt"
	"time"

	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// Alike implements app.SignalStore.
func (s *Store) Alike(ctx context.Context, scope domain.Scope, settings domain.SignalSettings) ([]domain.Signal, error) {
	signals, err := inScope(ctx, s, scope, func(q *db.Queries) (signals []domain.Signal, err error) {
		young, err := q.SignalsUnder16(ctx, db.SignalsUnder16Params{ScopeFrom: scope.From, ScopeTo: scope.To})
		if err != nil {
			return nil, err
		}
		for _, r := range young {
			signals = append(signals, counted(domain.OverageUnder16, r.CountyCode, r.Found, 1, r.EntryIds))
		}
		witnesses, err := q.SignalsSharedWitness(ctx, db.SignalsSharedWitnessParams{
			ScopeFrom: scope.From, ScopeTo: scope.To, Least: int32(settings.WitnessChildren),
		})
		if err != nil {
			return nil, err
		}
		for _, r := range witnesses {
			signals = append(signals, counted(domain.SharedWitness, r.CountyCode, r.Found, settings.WitnessChildren, r.EntryIds))
		}
		texts, err := q.SignalsSameExplanation(ctx, db.SignalsSameExplanationParams{
			ScopeFrom: scope.From, ScopeTo: scope.To, Least: int32(settings.ExplanationChildren),
		})
		if err != nil {
			return nil, err
		}
		for _, r := range texts {
			signals = append(signals, counted(domain.SameExplanation, r.CountyCode, r.Found, settings.ExplanationChildren, r.EntryIds))
		}
		return signals, nil
	})
	if err != nil {
		return nil, fmt.Errorf("signals: %w", err)
	}
	return signals, nil
}

func counted(kind domain.SignalKind, county string, found int32, threshold int, entries []string) domain.Signal {
	return domain.Signal{
		Kind: kind, CountyCode: county, Count: int(found), Measure: float64(found), Threshold: float64(threshold), EntryIDs: entries,
	}
}

// Shares implements app.SignalStore.
func (s *Store) Shares(ctx context.Context, scope domain.Scope) ([]domain.Share, error) {
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.CountSharesRow, error) {
		return q.CountShares(ctx, db.CountSharesParams{ScopeFrom: scope.From, ScopeTo: scope.To})
	})
	if err != nil {
		return nil, fmt.Errorf("shares of B: %w", err)
	}
	shares := make([]domain.Share, len(rows))
	for i, r := range rows {
		shares[i] = domain.Share{CountyCode: r.CountyCode, B: int(r.B), Settled: int(r.Settled)}
	}
	return shares, nil
}

// ReturnsOfMonth implements app.SignalStore.
func (s *Store) ReturnsOfMonth(ctx context.Context, scope domain.Scope, from, late, to time.Time) ([]domain.Returns, error) {
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.CountReturnsOfMonthRow, error) {
		return q.CountReturnsOfMonth(ctx, db.CountReturnsOfMonthParams{
			ScopeFrom: scope.From, ScopeTo: scope.To, FromTime: from, LateTime: late, ToTime: to,
		})
	})
	if err != nil {
		return nil, fmt.Errorf("returns of a month: %w", err)
	}
	returns := make([]domain.Returns, len(rows))
	for i, r := range rows {
		returns[i] = domain.Returns{CountyCode: r.CountyCode, Moved: int(r.Moved), Late: int(r.Late), EntryIDs: r.EntryIds}
	}
	return returns, nil
}
