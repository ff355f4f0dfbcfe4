package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/services/reporting/internal/domain"
)

// Schedule closes each month by itself, some time after its end. Any number may run: a month is
// closed once. One that was over before the first child came is nobody's to close.
type Schedule struct {
	Close func(ctx context.Context, month, author string) (Snapshot, error)
	// ClosedUntil is the end of the newest closed month; before the first, it is when the first child came, or now.
	ClosedUntil func(ctx context.Context) (time.Time, error)
	// After the end of a month it is closed; zero turns the schedule off.
	After time.Duration
	// Every so often it is looked whether there is something to do, and what was refused is tried
	// again.
	Every time.Duration
	Now   func() time.Time
	Log   *slog.Logger
}

// scheduled is the author of what the schedule closes.
const scheduled = "定时结账"

// Run closes months until the context ends.
func (s Schedule) Run(ctx context.Context) error {
	if s.After == 0 {
		return nil
	}
	return lifecycle.Every(ctx, s.Every, s.Log, "not known whether a month is to be closed, will be tried again", s.look)
}

// look closes the newest month whose time has come. Older ones that nobody closed are for an operator
// to look at first.
func (s Schedule) look(ctx context.Context) error {
	now := s.Now().Add(-s.After).In(domain.Shanghai)
	until, err := s.ClosedUntil(ctx)
	if err != nil || domain.Over(until, now) < 1 {
		return err
	}
	month := time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, domain.Shanghai).Format("2006-01")
	if _, err := s.Close(ctx, month, scheduled); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "scheduled month-end not done, will be tried again", "month", month, "error", err, "again_in", s.Every,
			"advice", "baoxuectl month close --month "+month+" 可查看原因；数据不一致时先查死信与各服务日志，不要手工改数")
	}
	return nil
}
