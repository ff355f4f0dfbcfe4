// Package alerts reads the operators' alerts and finds which of them fire for given figures, by Prometheus's own
// engine.
package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
)

// Alert is a rule of the file.
type Alert struct {
	Name string
	// For is how long it has to fire before anybody is woken.
	For time.Duration
	// Severity is page or ticket.
	Severity string
	expr     string
}

// Load reads a file of alerts, and reports all that is wrong with it.
func Load(file string) ([]Alert, error) {
	groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var all []Alert
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			all = append(all, Alert{Name: r.Alert, For: time.Duration(r.For), Severity: r.Labels["severity"], expr: r.Expr})
		}
	}
	return all, nil
}

// Unread are the figures that it looks at and that there are none of.
func (a Alert) Unread(figures Figures) (missing []string, err error) {
	if missing, err = Unread(a.expr, figures); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	return missing, nil
}

// engine remembers samples as long as Prometheus does.
var engine = promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})

// Firing are the labels of what it fires for at an instant; nobody is woken before it has done so for For.
func (a Alert) Firing(ctx context.Context, figures Figures, at time.Time) ([]string, error) {
	query, err := engine.NewInstantQuery(ctx, figures, nil, a.expr, at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	defer query.Close()
	vector, err := query.Exec(ctx).Vector()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	firing := make([]string, len(vector))
	for i, sample := range vector {
		firing[i] = about(sample.Metric)
	}
	return firing, nil
}
