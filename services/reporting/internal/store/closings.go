package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// BeginClosing implements app.ClosingRuns.
func (s *Store) BeginClosing(ctx context.Context, m domain.Month, step domain.ClosingStep, author string) error {
	err := db.New(s.pool).BeginClosing(ctx, db.BeginClosingParams{Month: m.String(), Step: string(step), Author: author})
	if err != nil {
		return fmt.Errorf("beginning of a close: %w", err)
	}
	return nil
}

// StepClosing implements app.ClosingRuns.
func (s *Store) StepClosing(ctx context.Context, m domain.Month, step domain.ClosingStep, reason, message string) error {
	err := db.New(s.pool).StepClosing(ctx, db.StepClosingParams{Month: m.String(), Step: string(step), Reason: reason, Message: message})
	if err != nil {
		return fmt.Errorf("step of a close: %w", err)
	}
	return nil
}

// ClosingRun implements app.ClosingRuns.
func (s *Store) ClosingRun(ctx context.Context, m domain.Month) (domain.ClosingRun, error) {
	row, err := db.New(s.pool).GetClosing(ctx, m.String())
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.ClosingRun{}, fault.New(fault.NotFound, "NOT_FOUND", "该月份没有进行过汇总")
	}
	if err != nil {
		return domain.ClosingRun{}, fmt.Errorf("close of %s: %w", m, err)
	}
	return domain.ClosingRun{
		Month: m, Step: domain.ClosingStep(row.Step), Author: row.Author, StartedAt: row.StartedAt, UpdatedAt: row.UpdatedAt,
		Reason: row.Reason, Message: row.Message,
	}, nil
}

// ClosedUntil is the end of the newest closed month; before the first, it is when the first child came, or now.
func (s *Store) ClosedUntil(ctx context.Context) (time.Time, error) {
	until, err := db.New(s.pool).ClosedUntil(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("newest closed month: %w", err)
	}
	return until, nil
}
