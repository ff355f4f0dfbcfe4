package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// inScope reads what a scope shows: by the query's own condition, and again by
// row-level security.
func inScope[T any](ctx context.Context, s *Store, scope domain.Scope, fn func(*db.Queries) (T, error)) (T, error) {
	options := pg.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true, Local: scoped(scope)}
	return pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) (T, error) { return fn(db.New(tx)) })
}

// DueWork implements app.WorkStore.
func (s *Store) DueWork(ctx context.Context, q app.DueQuery) ([]domain.WorkState, error) {
	rows, err := inScope(ctx, s, q.Scope, func(queries *db.Queries) ([]db.ListDueWorkRow, error) {
		return queries.ListDueWork(ctx, db.ListDueWorkParams{
			ScopeFrom: q.Scope.From, ScopeTo: q.Scope.To, FirstDay: q.First, LastDay: q.Last, Kind: string(q.Kind),
			AfterDay: q.After.Day, AfterEntry: cmp.Or(q.After.EntryID, uuid.Nil.String()), Most: int32(q.Most),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("due work: %w", err)
	}
	states := make([]domain.WorkState, len(rows))
	for i, r := range rows {
		work, err := workOf(r.EntryID, r.Work)
		if err != nil {
			return nil, err
		}
		states[i] = work.State(r.EntryID, r.CountyCode, s.rules)
	}
	return states, nil
}

// OpenDuties implements app.EnrollmentStore.
func (s *Store) OpenDuties(ctx context.Context, scope domain.Scope, after app.Position, most int) ([]app.OpenDuty, error) {
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.ListOpenDutiesRow, error) {
		return q.ListOpenDuties(ctx, db.ListOpenDutiesParams{
			ScopeFrom: scope.From, ScopeTo: scope.To, AfterDay: after.Day, AfterEntry: cmp.Or(after.EntryID, uuid.Nil.String()), Most: int32(most),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open duties: %w", err)
	}
	duties := make([]app.OpenDuty, len(rows))
	for i, r := range rows {
		duties[i] = app.OpenDuty{EntryID: r.EntryID, CountyCode: r.CountyCode, Duty: domain.Duty(r.Duty), Due: r.DutyDue, Version: r.WorkVersion}
	}
	return duties, nil
}

// Place implements app.EnrollmentStore.
func (s *Store) Place(ctx context.Context, scope domain.Scope, entryID string) (domain.Entry, error) {
	if _, err := uuid.Parse(entryID); err != nil {
		return domain.Entry{}, domain.ErrNotFound
	}
	place, err := inScope(ctx, s, scope, func(q *db.Queries) (db.EntryPlace, error) {
		return q.GetPlace(ctx, db.GetPlaceParams{EntryID: entryID, ScopeFrom: scope.From, ScopeTo: scope.To})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Entry{}, domain.ErrNotFound
	}
	if err != nil {
		return domain.Entry{}, fmt.Errorf("place of %s: %w", entryID, err)
	}
	return domain.Entry{ID: place.EntryID, CountyCode: place.CountyCode}, nil
}

// Proposals implements app.WorkStore.
func (s *Store) Proposals(ctx context.Context, scope domain.Scope, after string, most int) ([]domain.Proposal, error) {
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.ListProposalsRow, error) {
		return q.ListProposals(ctx, db.ListProposalsParams{
			ScopeFrom: scope.From, ScopeTo: scope.To, AfterEntry: cmp.Or(after, uuid.Nil.String()), InClassCodes: domain.InClassCodes(),
			Most: int32(most),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("proposals: %w", err)
	}
	proposals := make([]domain.Proposal, len(rows))
	for i, r := range rows {
		proposals[i] = domain.Proposal{EntryID: r.EntryID, CountyCode: r.CountyCode, Code: r.Code, At: r.OccurredAt}
	}
	return proposals, nil
}
