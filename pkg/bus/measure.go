package bus

import (
	"context"

	"baoxue.internal/pkg/obs"
)

// Measurements tell whether the broker is there.
func (b *Bus) Measurements() []obs.Measurement {
	connected := obs.Figure{Name: "baoxue_event_stream_connected", Help: "1 when the event stream can be reached, else 0."}
	return []obs.Measurement{obs.Single(connected, func(context.Context) (float64, error) {
		if b.conn.IsConnected() {
			return 1, nil
		}
		return 0, nil
	})}
}
