package outbox

import (
	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/pg"
)

// Measurements tell whether the relay keeps up.
func (r *Relay) Measurements() []obs.Measurement {
	const waiting = `SELECT ARRAY[count(*), coalesce(extract(epoch FROM clock_timestamp() -
			(SELECT occurred_at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 1)), 0)]::float8[]
		FROM outbox WHERE published_at IS NULL`
	return []obs.Measurement{pg.Measured(
		r.pool, waiting,
		obs.Figure{Name: "baoxue_outbox_unpublished_events", Help: "Events that are committed and not in the event stream yet."},
		obs.Figure{Name: "baoxue_outbox_oldest_seconds", Help: "Age of the event that has waited longest for the event stream; 0 when none waits."},
	)}
}
