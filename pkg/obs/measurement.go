// Package obs tells Prometheus what a service measures of itself now and then: what waits in its
// queues, and for how long. What happens call by call is counted where it happens.
package obs

import "context"

// Measurement is a value, or several of one kind, that a service measures of itself.
type Measurement struct {
	// Name is what Prometheus calls it, with its unit; Help says in a sentence what it is.
	Name, Help string
	// Label tells several values apart, by the name of a consumer say; empty when there is one.
	Label string
	// Total says that it counts up for as long as the process runs.
	Total bool
	// Measure returns the values by what Label tells apart; the key of a single one is empty.
	Measure func(ctx context.Context) (map[string]float64, error)
}

// Single measures one value.
func Single(measure func(ctx context.Context) (float64, error)) func(context.Context) (map[string]float64, error) {
	return func(ctx context.Context) (map[string]float64, error) {
		value, err := measure(ctx)
		return map[string]float64{"": value}, err
	}
}
