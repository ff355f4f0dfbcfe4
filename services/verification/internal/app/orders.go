package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/services/verification/internal/domain"
)

// OrderQuery selects orders, the newest first.
type OrderQuery struct {
	Scope   domain.Scope
	State   domain.OrderState
	Overdue bool
	// Escalated selects those that were told to the province.
	Escalated bool
	Today     time.Time
	// Before is the last of the page before.
	Before string
	Most   int
}

// OrderStore keeps supervision orders.
type OrderStore interface {
	// IssueOrders keeps all or none.
	IssueOrders(ctx context.Context, scope domain.Scope, orders []domain.Order, text string, author domain.Author) ([]domain.Order, error)
	// ChangeOrder puts a step on the order that decide returns, while nobody else changes it. An
	// order outside of the scope is missing.
	ChangeOrder(ctx context.Context, scope domain.Scope, id string, author domain.Author, decide func(domain.Order) (domain.Order, domain.Step, error)) (domain.Order, error)
	Order(ctx context.Context, scope domain.Scope, id string) (domain.Order, error)
	Orders(ctx context.Context, q OrderQuery) ([]domain.Order, error)
	// OrdersToTell are open orders that are due until soon or overdue, and nobody was told yet.
	OrdersToTell(ctx context.Context, today, soon time.Time, most int) ([]string, error)
}

// Orders are the use cases of 督办.
type Orders struct {
	Store   OrderStore
	Regions Regions
	// RemindDays before an order's last day its county is reminded.
	RemindDays int
	Now        func() time.Time
	Log        *slog.Logger
}

// Issue gives counties of the caller's region an order each: all of them or none.
func (u Orders) Issue(ctx context.Context, scope domain.Scope, author domain.Author, region string, f domain.OrderForm) ([]domain.Order, error) {
	known := make(map[string]bool, len(f.To))
	for _, to := range f.To {
		if !scope.Has(to.County) || !domain.IsCounty(to.County) {
			continue
		}
		var err error
		if known[to.County], err = u.Regions.Known(ctx, to.County); err != nil {
			return nil, err
		}
	}
	due, err := f.Check(known, domain.Today(u.Now()))
	if err != nil {
		return nil, err
	}
	orders := make([]domain.Order, len(f.To))
	for i, to := range f.To {
		orders[i] = domain.Order{County: to.County, Issuer: region, Title: f.Title, DueOn: due, State: domain.OrderOpen, Author: author.Name}
	}
	return u.Store.IssueOrders(ctx, scope, orders, f.Text, author)
}

// Act takes a step.
func (u Orders) Act(ctx context.Context, scope domain.Scope, id string, author domain.Author, a domain.OrderAction) (domain.Order, error) {
	return u.Store.ChangeOrder(ctx, scope, id, author, func(o domain.Order) (domain.Order, domain.Step, error) {
		next, err := o.After(a, domain.Today(u.Now()))
		step := domain.Step{Kind: a.Kind, Text: a.Text}
		if a.Kind == domain.StepExtended {
			step.DueOn = next.DueOn
		}
		return next, step, err
	})
}

const (
	tellEvery = 10 * time.Minute
	tellBatch = 200
)

// bySystem is the author of what comes by itself.
var bySystem = domain.Author{ID: "system", Name: "系统", Province: true}

// Run reminds and escalates until the context ends. What fails is tried again.
func (u Orders) Run(ctx context.Context) error {
	return lifecycle.Every(ctx, tellEvery, u.Log, "supervision orders not reminded of, will be tried again", u.Tell)
}

// Tell puts on each order what has come of itself.
func (u Orders) Tell(ctx context.Context) error {
	today := domain.Today(u.Now())
	ids, err := u.Store.OrdersToTell(ctx, today, today.AddDate(0, 0, u.RemindDays), tellBatch)
	if err != nil {
		return err
	}
	var failures error
	for _, id := range ids {
		if _, err := u.Store.ChangeOrder(ctx, domain.WholeProvince, id, bySystem, func(o domain.Order) (domain.Order, domain.Step, error) {
			next, kind := o.Told(today, u.RemindDays)
			return next, domain.Step{Kind: kind}, nil
		}); err != nil {
			// One order that can't be told of must not hold up the others.
			failures = errors.Join(failures, fmt.Errorf("order %s: %w", id, err))
		}
	}
	return failures
}
