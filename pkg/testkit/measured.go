package testkit

import (
	"testing"

	"baoxue.internal/pkg/obs"
)

// Measured are the figures that a service measures of itself now, by name; of those with a label there are none.
func Measured(t *testing.T, measurements []obs.Measurement) map[string]float64 {
	t.Helper()
	measured := map[string]float64{}
	for _, m := range measurements {
		values, err := m.Measure(Context(t))
		if err != nil {
			t.Fatalf("%s: %v", m.Figures[0].Name, err)
		}
		for i, value := range values[""] {
			measured[m.Figures[i].Name] = value
		}
	}
	return measured
}
