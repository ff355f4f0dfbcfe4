package app_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// empty is a store in which nothing was ever counted.
type empty struct{}

func (empty) Changed(context.Context, map[string]int64, app.AsOf) (app.Change, error) {
	return app.Change{}, nil
}

// silentDivisions never answer.
type silentDivisions struct{}

func (silentDivisions) AsOf(ctx context.Context, _ time.Time) ([]domain.Region, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// However many wait for a service that does not answer, each is gone at its own deadline.
func TestNobodyWaitsForTheTableBeyondTheirDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live, begin := app.NewLive(empty{}, silentDivisions{}), time.Now()
		left := make(chan time.Duration)
		const callers = 10
		for range callers {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, _, err := live.Table(ctx, begin); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("answered %v", err)
				}
				left <- time.Since(begin)
			}()
		}
		for range callers {
			if took := <-left; took > time.Minute {
				t.Errorf("one waited for %s", took)
			}
		}
	})
}
