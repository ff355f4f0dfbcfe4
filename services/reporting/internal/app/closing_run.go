package app

import (
	"context"
	"log/slog"

	"baoxue.internal/services/reporting/internal/domain"
)

// ClosingRuns keep how far closes are, apart from what these store.
type ClosingRuns interface {
	BeginClosing(ctx context.Context, m domain.Month, step domain.ClosingStep, author string) error
	StepClosing(ctx context.Context, m domain.Month, step domain.ClosingStep, reason, message string) error
	ClosingRun(ctx context.Context, m domain.Month) (domain.ClosingRun, error)
}

// Run is the newest close of a month.
func (u Closing) Run(ctx context.Context, month string) (domain.ClosingRun, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.ClosingRun{}, err
	}
	return u.Runs.ClosingRun(ctx, m)
}

// run tells those who wait for a close where it is. A close does not fail because that
// can't be told.
type run struct {
	runs  ClosingRuns
	month domain.Month
	log   *slog.Logger
}

func (u Closing) begin(ctx context.Context, m domain.Month, author string) run {
	r := run{u.Runs, m, u.Log}
	r.told(ctx, u.Runs.BeginClosing(ctx, m, domain.Waiting, author))
	return r
}

func (r run) step(ctx context.Context, step domain.ClosingStep) {
	r.told(ctx, r.runs.StepClosing(ctx, r.month, step, "", ""))
}

// end tells how it came out, even to those whose caller has gone.
func (r run) end(ctx context.Context, err error) {
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		r.step(ctx, domain.Done)
		return
	}
	reason, message := domain.Failure(err)
	r.told(ctx, r.runs.StepClosing(ctx, r.month, domain.Failed, reason, message))
}

func (r run) told(ctx context.Context, err error) {
	if err != nil {
		r.log.WarnContext(ctx, "the progress of a close is not told", "month", r.month.String(), "error", err)
	}
}
