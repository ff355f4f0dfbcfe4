package lifecycle_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/pkg/lifecycle"
)

func TestWhatIsDoneOnceEndsWhenItWentWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		times, begin := 0, time.Now()
		err := lifecycle.UntilDone(t.Context(), time.Minute, slog.New(slog.NewTextHandler(&told, nil)), "not done for now", func(context.Context) error {
			if times++; times < 3 {
				return errors.New("no connection")
			}
			return nil
		})
		if err != nil || times != 3 || time.Since(begin) != 2*time.Minute || strings.Count(told.String(), "not done for now") != 2 {
			t.Errorf("%d times in %v, told %q, %v", times, time.Since(begin), told.String(), err)
		}
	})
}

func TestWhatFailsIsToldAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var told bytes.Buffer
		var at []time.Duration
		begin := time.Now()
		err := lifecycle.Every(ctx, time.Minute, slog.New(slog.NewTextHandler(&told, nil)), "not done for now", func(context.Context) error {
			switch at = append(at, time.Since(begin)); len(at) {
			case 1:
				return errors.New("no connection")
			case 3:
				cancel()
				return ctx.Err()
			default:
				return nil
			}
		})
		if err != nil {
			t.Errorf("ended with %v", err)
		}
		if len(at) != 3 || at[0] != 0 || at[1] != time.Minute || at[2] != 2*time.Minute {
			t.Errorf("done after %v", at)
		}
		if lines := strings.Split(strings.TrimSpace(told.String()), "\n"); len(lines) != 1 ||
			!strings.Contains(lines[0], `level=WARN msg="not done for now" error="no connection"`) {
			t.Errorf("told %q", lines)
		}
	})
}
