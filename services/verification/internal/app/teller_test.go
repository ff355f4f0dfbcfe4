package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// silent is a ledger that never answers.
type silent struct {
	app.Ledger
	asked atomic.Int32
}

func (l *silent) Project(ctx context.Context, _ []app.Saved) error {
	l.asked.Add(1)
	<-ctx.Done()
	// The news takes a moment, in which those who asked leave.
	<-time.After(time.Millisecond)
	return ctx.Err()
}

// warnings are the lines of a log of JSON.
func warnings(t *testing.T, log *bytes.Buffer) (lines []map[string]any) {
	t.Helper()
	for decoder := json.NewDecoder(log); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// What is committed is answered within two seconds whatever becomes of the ledger, however many
// children a call is about, and the operator reads of it once.
func TestASilentLedgerHoldsUpNobody(t *testing.T) {
	const many = 500
	for name, tell := range map[string]func(context.Context, *silent, *slog.Logger){
		"states": func(ctx context.Context, ledger *silent, log *slog.Logger) {
			changed := make([]domain.WorkState, many)
			for i := range changed {
				changed[i].Version = 1
			}
			app.NewTeller(ledger, log).Changed(ctx, changed...)
		},
		"findings": func(ctx context.Context, ledger *silent, log *slog.Logger) {
			app.NewTeller(ledger, log).Saved(ctx, make([]app.Saved, many)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var ledger silent
				began := time.Now()
				tell(t.Context(), &ledger, slog.New(slog.NewJSONHandler(&log, nil)))
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("the caller waited for %s", took)
				}
				if lines := warnings(t, &log); len(lines) != 1 || lines[0]["untold"] != float64(many) {
					t.Errorf("the operator reads %v", lines)
				}
				// Nor does it hold up those who come later: no one is told of alone whom nobody waits for.
				<-time.After(time.Minute)
				if asked := ledger.asked.Load(); asked > 2 {
					t.Errorf("the ledger was asked %d times", asked)
				}
			})
		})
	}
}

// listener is a ledger that keeps what it is told, call by call.
type listener struct {
	app.Ledger
	mu    sync.Mutex
	calls [][]app.Saved
}

func (l *listener) Project(_ context.Context, told []app.Saved) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, told)
	return nil
}

// A sample of five hundred children is told of in two calls, and who did not change in none.
func TestChangesAreToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make([]domain.WorkState, 501)
		for i := range changed {
			changed[i] = domain.WorkState{Work: domain.Work{Version: int64(i)}}
		}
		var ledger listener
		app.NewTeller(&ledger, slog.New(slog.DiscardHandler)).Changed(t.Context(), changed...)
		told := slices.Concat(ledger.calls...)
		if len(ledger.calls) > 2 || len(told) != 500 {
			t.Fatalf("told of %d in %d calls", len(told), len(ledger.calls))
		}
		// Of two calls at once either may come first.
		slices.SortFunc(told, func(a, b app.Saved) int { return int(a.State.Version - b.State.Version) })
		for i, s := range told {
			if s.Finding.Revision != 0 || s.State != changed[i+1] {
				t.Fatalf("told %+v instead of %+v", s, changed[i+1])
			}
		}
	})
}
