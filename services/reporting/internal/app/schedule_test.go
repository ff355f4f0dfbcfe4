package app_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Each month is closed some time after its end in Asia/Shanghai, what was refused is tried again,
// and nothing is closed twice.
func TestEachMonthIsClosedAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Ten minutes before July ends in Shanghai; synctest's clock begins elsewhere.
		start := time.Now()
		first := time.Date(2019, 7, 31, 23, 50, 0, 0, domain.Shanghai)
		now := func() time.Time { return first.Add(time.Since(start)) }
		var closed []string
		refusals := 2
		s := app.Schedule{
			After: time.Hour, Every: 10 * time.Minute, Now: now, Log: slog.New(slog.DiscardHandler),
			Close: func(_ context.Context, month, _ string) (app.Snapshot, error) {
				if month == "2019-07" && refusals > 0 {
					refusals--
					return app.Snapshot{}, errors.New("the events are behind")
				}
				closed = append(closed, month+" "+now().In(domain.Shanghai).Format("01-02 15:04"))
				return app.Snapshot{}, nil
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		<-time.After(40 * 24 * time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := []string{"2019-06 07-31 23:50", "2019-07 08-01 01:20", "2019-08 09-01 01:00"}
		if len(closed) != len(want) {
			t.Fatalf("closed %v", closed)
		}
		for i := range want {
			if closed[i] != want[i] {
				t.Errorf("closed %s, want %s", closed[i], want[i])
			}
		}
	})
}
