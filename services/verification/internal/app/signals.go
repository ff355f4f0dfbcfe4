package app

import (
	"context"
	"slices"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// SignalStore counts what signals are made of, over the newest findings of a scope.
type SignalStore interface {
	// Alike are the signals that only count: B6 under 16, shared witnesses, identical
	// explanations.
	Alike(ctx context.Context, scope domain.Scope, s domain.SignalSettings) ([]domain.Signal, error)
	ReturnsOfMonth(ctx context.Context, scope domain.Scope, from, late, to time.Time) ([]domain.Returns, error)
	Shares(ctx context.Context, scope domain.Scope) ([]domain.Share, error)
}

// Signals points at findings worth a look.
type Signals struct {
	Store    SignalStore
	Settings domain.SignalSettings
	Now      func() time.Time
}

// List computes the signals of a scope. month is yyyy-mm, empty for the current one.
// Peers are the counties of peerScope, what the caller may see.
func (u Signals) List(ctx context.Context, scope, peerScope domain.Scope, month string) ([]domain.Signal, error) {
	if month == "" {
		month = u.Now().In(domain.Shanghai).Format("2006-01")
	}
	from, late, to, err := domain.MonthBounds(month, u.Settings.BurstDays)
	if err != nil {
		return nil, err
	}
	signals, err := u.Store.Alike(ctx, scope, u.Settings)
	if err != nil {
		return nil, err
	}
	returns, err := u.Store.ReturnsOfMonth(ctx, scope, from, late, to)
	if err != nil {
		return nil, err
	}
	shares, err := u.Store.Shares(ctx, peerScope)
	if err != nil {
		return nil, err
	}
	far := slices.DeleteFunc(u.Settings.Far(shares), func(s domain.Signal) bool {
		return s.CountyCode < scope.From || s.CountyCode > scope.To
	})
	return slices.Concat(signals, u.Settings.Bursts(returns), far), nil
}
