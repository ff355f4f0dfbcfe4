package bus

import (
	"context"

	"baoxue.internal/pkg/obs"
)

// Measurements tell whether the broker is there.
func (b *Bus) Measurements() []obs.Measurement {
	return []obs.Measurement{{
		Name: "baoxue_event_stream_connected", Help: "1 when the event stream can be reached, else 0.",
		Measure: obs.Single(func(context.Context) (float64, error) {
			if b.conn.IsConnected() {
				return 1, nil
			}
			return 0, nil
		}),
	}}
}
