package testkit

import (
	"testing"

	"baoxue.internal/pkg/obs"
)

// Measured is what a service measures of itself now, by name and label.
func Measured(t *testing.T, measurements []obs.Measurement) map[string]map[string]float64 {
	t.Helper()
	measured := map[string]map[string]float64{}
	for _, m := range measurements {
		values, err := m.Measure(Context(t))
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		measured[m.Name] = values
	}
	return measured
}
