// Package obs tells Prometheus what a service measures of itself now and then: what waits in its
// queues, and for how long. What happens call by call is counted where it happens.
package obs

import "context"

// Figure is a value as Prometheus knows it.
type Figure struct {
	// Name ends with its unit; Help says in a sentence what it is.
	Name, Help string
	// Total says that it counts up for as long as the process runs.
	Total bool
}

// Measurement is how a service comes to figures that are known together, of itself or of several things.
type Measurement struct {
	Figures []Figure
	// Label tells the things apart, by the name of a consumer say; empty when there is one.
	Label string
	// Measure returns the values of the figures in turn, by what Label tells apart; the key of a single thing is empty.
	Measure func(ctx context.Context) (map[string][]float64, error)
}

// Single measures one figure of one thing.
func Single(f Figure, measure func(ctx context.Context) (float64, error)) Measurement {
	return Measurement{Figures: []Figure{f}, Measure: func(ctx context.Context) (map[string][]float64, error) {
		value, err := measure(ctx)
		return map[string][]float64{"": {value}}, err
	}}
}
