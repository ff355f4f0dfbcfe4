package obs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"baoxue.internal/pkg/obs"
)

// queue is a service's: so many wait, or it can't be asked.
type queue struct {
	waiting float64
	mu      sync.Mutex
	failure error
}

func (q *queue) fail(with error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failure = with
}

func (q *queue) ask(context.Context) (float64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting, q.failure
}

func (q *queue) measurements() []obs.Measurement {
	return []obs.Measurement{
		obs.Single(obs.Figure{Name: "queue_waiting", Help: "How many wait."}, q.ask),
		{
			Figures: []obs.Figure{{Name: "queue_taken_total", Help: "How many were taken.", Total: true}, {Name: "queue_taking", Help: "How many are being taken."}},
			Label:   "by", Measure: func(context.Context) (map[string][]float64, error) {
				return map[string][]float64{"a": {1, 0}, "b": {2, 1}}, nil
			},
		},
	}
}

const taken = `
# HELP queue_taking How many are being taken.
# TYPE queue_taking gauge
queue_taking{by="a",service="ledger"} 0
queue_taking{by="b",service="ledger"} 1
# HELP queue_taken_total How many were taken.
# TYPE queue_taken_total counter
queue_taken_total{by="a",service="ledger"} 1
queue_taken_total{by="b",service="ledger"} 2
`

func has(t *testing.T, r prometheus.Gatherer, what string) {
	t.Helper()
	if err := testutil.GatherAndCompare(r, strings.NewReader(what), "queue_waiting", "queue_taken_total", "queue_taking"); err != nil {
		t.Error(err)
	}
}

// measuredAt is zero when nothing says so.
func measuredAt(t *testing.T, r prometheus.Gatherer) time.Time {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == obs.MeasuredName {
			return time.UnixMilli(int64(f.GetMetric()[0].GetGauge().GetValue() * 1000))
		}
	}
	return time.Time{}
}

// What can't be measured has no value, rather than one of before; the rest has, and it shows since when
// not all could be.
func TestWhatCantBeMeasuredHasNoValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, log, registry := &queue{waiting: 3}, &bytes.Buffer{}, prometheus.NewPedanticRegistry()
		watch := obs.NewWatch("ledger", q.measurements(), slog.New(slog.NewTextHandler(log, nil)))
		registry.MustRegister(watch)
		has(t, registry, "")
		if at := measuredAt(t, registry); !at.IsZero() {
			t.Errorf("measured at %v before anything was", at)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- watch.Run(ctx) }()
		next := func() {
			<-time.After(obs.Every)
			synctest.Wait()
		}
		next()
		waiting := "\n# HELP queue_waiting How many wait.\n# TYPE queue_waiting gauge\nqueue_waiting{service=\"ledger\"} 3\n"
		has(t, registry, taken+waiting)
		all := measuredAt(t, registry)
		if !all.Equal(time.Now()) {
			t.Errorf("measured at %v, now is %v", all, time.Now())
		}
		q.fail(errors.New("nobody answers"))
		next()
		has(t, registry, taken)
		if at := measuredAt(t, registry); !at.Equal(all) {
			t.Errorf("measured at %v, want %v", at, all)
		}
		if !strings.Contains(log.String(), "not all is measured") || !strings.Contains(log.String(), "queue_waiting: nobody answers") {
			t.Errorf("logged %q", log)
		}
		q.fail(nil)
		next()
		has(t, registry, taken+waiting)
		if at := measuredAt(t, registry); !at.Equal(time.Now()) {
			t.Errorf("measured at %v, now is %v", at, time.Now())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// One that never answers keeps none of the others from being measured.
func TestAMeasurementIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := obs.Single(obs.Figure{Name: "hangs", Help: "Never answers."}, func(ctx context.Context) (float64, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		registry := prometheus.NewPedanticRegistry()
		watch := obs.NewWatch("ledger", append([]obs.Measurement{hangs}, (&queue{waiting: 1}).measurements()...), slog.New(slog.DiscardHandler))
		registry.MustRegister(watch)
		begin := time.Now()
		if err := watch.Measure(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took > obs.Every {
			t.Errorf("it took %v", took)
		}
		has(t, registry, taken+"\n# HELP queue_waiting How many wait.\n# TYPE queue_waiting gauge\nqueue_waiting{service=\"ledger\"} 1\n")
	})
}
