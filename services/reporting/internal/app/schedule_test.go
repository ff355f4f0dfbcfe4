package app_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// scheduled runs the schedule from an instant on for so long, with an hour after each month, and tells what it closed and
// when. The first child comes after a while; the first closes of July are refused.
func scheduled(t *testing.T, first time.Time, span, firstChild time.Duration, refusals int) (closed []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// synctest's clock begins elsewhere.
		start := time.Now()
		now := func() time.Time { return first.Add(time.Since(start)) }
		var until time.Time
		s := app.Schedule{
			After: time.Hour, Every: 10 * time.Minute, Now: now, Log: slog.New(slog.DiscardHandler),
			ClosedUntil: func(context.Context) (time.Time, error) {
				came := first.Add(firstChild)
				switch {
				case !until.IsZero():
					return until, nil
				case now().Before(came):
					return now(), nil
				}
				return came, nil
			},
			Close: func(_ context.Context, month, _ string) (app.Snapshot, error) {
				if month == "2019-07" && refusals > 0 {
					refusals--
					return app.Snapshot{}, errors.New("the events are behind")
				}
				m, err := domain.ParseMonth(month)
				until = m.End()
				closed = append(closed, month+" "+now().In(domain.Shanghai).Format("01-02 15:04"))
				return app.Snapshot{}, err
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		<-time.After(span)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	return closed
}

const day = 24 * time.Hour

// Each month is closed some time after its end in Asia/Shanghai, what was refused is tried again,
// and nothing is closed twice.
func TestEachMonthIsClosedAfterItsEnd(t *testing.T) {
	beforeTheEnd := time.Date(2019, 7, 31, 23, 50, 0, 0, domain.Shanghai)
	closed := scheduled(t, beforeTheEnd, 40*day, -40*day, 2)
	want := []string{"2019-06 07-31 23:50", "2019-07 08-01 01:20", "2019-08 09-01 01:00"}
	if !slices.Equal(closed, want) {
		t.Errorf("closed %v, want %v", closed, want)
	}
}

// A system that begins closes no month of before it had a child: that would stand as 0 for ever.
func TestNoMonthBeforeTheFirstChildIsClosed(t *testing.T) {
	begin := time.Date(2019, 7, 20, 9, 0, 0, 0, domain.Shanghai)
	if closed := scheduled(t, begin, 20*day, 30*day, 0); len(closed) > 0 {
		t.Errorf("closed %v without a child", closed)
	}
	if closed := scheduled(t, begin, 20*day, 2*day, 0); !slices.Equal(closed, []string{"2019-07 08-01 01:00"}) {
		t.Errorf("closed %v", closed)
	}
}
