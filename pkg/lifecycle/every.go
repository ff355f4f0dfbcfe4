package lifecycle

import (
	"context"
	"log/slog"
	"time"
)

// Every does something at once and again after each interval, until the context ends. What fails is
// told as a warning in the words given, and tried again the next time. Its error is nil, for groups that
// run what returns one.
func Every(ctx context.Context, interval time.Duration, log *slog.Logger, failed string, do func(context.Context) error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// UntilDone does something until it went well once, or the context ends: what fails is told as a warning in
// the words given, and tried again after the interval. Its error is nil, as Every's.
func UntilDone(ctx context.Context, interval time.Duration, log *slog.Logger, failed string, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return Every(ctx, interval, log, failed, func(ctx context.Context) error {
		err := do(ctx)
		if err == nil {
			cancel()
		}
		return err
	})
}
