package obs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"baoxue.internal/pkg/lifecycle"
)

const (
	// Every is how often all is measured, however often anybody asks: whoever may read the metrics must
	// not be able to keep the database busy with it.
	Every = 10 * time.Second
	// A measurement that takes longer has failed.
	within = 3 * time.Second
)

// Watch measures again and again, and gives the newest values to Prometheus. What can't be measured has
// no value until it can, and MeasuredName falls behind.
type Watch struct {
	measurements []Measurement
	// descs has those of each measurement's figures in turn, values what was measured.
	descs    [][]*prometheus.Desc
	measured *prometheus.Desc
	log      *slog.Logger

	mu     sync.Mutex
	values []map[string][]float64
	// at is when all were measured the last time; zero before.
	at time.Time
}

// MeasuredName is the metric that tells when all of a service was measured the last time.
const MeasuredName = "baoxue_measured_timestamp_seconds"

// NewWatch returns a watch of a service, whose name is on every value.
func NewWatch(service string, measurements []Measurement, log *slog.Logger) *Watch {
	labels := prometheus.Labels{"service": service}
	w := &Watch{
		measurements: measurements, log: log, values: make([]map[string][]float64, len(measurements)),
		measured: prometheus.NewDesc(MeasuredName, "When all of a service's own measurements succeeded the last time.", nil, labels),
	}
	for _, m := range measurements {
		var variable []string
		if m.Label != "" {
			variable = []string{m.Label}
		}
		descs := make([]*prometheus.Desc, len(m.Figures))
		for i, f := range m.Figures {
			descs[i] = prometheus.NewDesc(f.Name, f.Help, variable, labels)
		}
		w.descs = append(w.descs, descs)
	}
	return w
}

// Run measures until the context ends.
func (w *Watch) Run(ctx context.Context) error {
	return lifecycle.Every(ctx, Every, w.log, "not all is measured, will be tried again", w.Measure)
}

// Measure measures all once. One that fails does not keep the others from being measured.
func (w *Watch) Measure(ctx context.Context) error {
	values := make([]map[string][]float64, len(w.measurements))
	var failures []error
	for i, m := range w.measurements {
		var err error
		if values[i], err = measure(ctx, m); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", m.Figures[0].Name, err))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.values = values
	if len(failures) == 0 {
		w.at = time.Now()
	}
	return errors.Join(failures...)
}

func measure(ctx context.Context, m Measurement) (map[string][]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	values, err := m.Measure(ctx)
	if err != nil {
		return nil, err
	}
	return values, nil
}

// Describe implements prometheus.Collector.
func (w *Watch) Describe(descs chan<- *prometheus.Desc) {
	descs <- w.measured
	for _, of := range w.descs {
		for _, d := range of {
			descs <- d
		}
	}
}

// Collect implements prometheus.Collector.
func (w *Watch) Collect(metrics chan<- prometheus.Metric) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.at.IsZero() {
		metrics <- prometheus.MustNewConstMetric(w.measured, prometheus.GaugeValue, float64(w.at.UnixMilli())/1000)
	}
	for i, m := range w.measurements {
		for key, values := range w.values[i] {
			var labels []string
			if m.Label != "" {
				labels = []string{key}
			}
			for j, f := range m.Figures {
				kind := prometheus.GaugeValue
				if f.Total {
					kind = prometheus.CounterValue
				}
				metrics <- prometheus.MustNewConstMetric(w.descs[i][j], kind, values[j], labels...)
			}
		}
	}
}
