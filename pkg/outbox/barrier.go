package outbox

import (
	"context"
	"fmt"
	"time"
)

// Barrier waits until every transaction that had begun to write before the call
// is over and its events are published, and returns the position in the stream
// after the last of them.
//
// A writer takes its event's time from the clock after its transaction id is
// assigned, so an event that happened before an instant in the past belongs to a
// transaction that this call waits for: after it, nothing from before is still
// uncommitted or unpublished. A transaction that hangs makes the wait, and with
// it the month-end, fail: that is intended.
//
// asOf is the database's clock before the wait began: every event that this call
// did not wait for happens at or after it.
func (r *Relay) Barrier(ctx context.Context) (sequence uint64, asOf time.Time, err error) {
	// A statement of its own, so that it is read before the snapshot is taken.
	if err := r.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&asOf); err != nil {
		return 0, asOf, fmt.Errorf("outbox barrier: %w", err)
	}
	var next int64
	// An id of its own: every id given out before is below it. A snapshot's xmax
	// would not do, it is the one after the last *completed* id, which an open
	// transaction may well have.
	const horizon = `SELECT pg_current_xact_id()::text::bigint`
	if err := r.pool.QueryRow(ctx, horizon).Scan(&next); err != nil {
		return 0, asOf, fmt.Errorf("outbox barrier: %w", err)
	}
	const finished = `
		SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1,
		       NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND xid::text::bigint < $1),
		       (SELECT sequence FROM outbox_position)`
	for delay := 2 * time.Millisecond; ; delay = min(2*delay, 100*time.Millisecond) {
		var committed, published bool
		var position int64
		if err := r.pool.QueryRow(ctx, finished, next).Scan(&committed, &published, &position); err != nil {
			return 0, asOf, fmt.Errorf("outbox barrier: %w", err)
		}
		if committed && published {
			return uint64(position), asOf, nil
		}
		r.Wake()
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, asOf, fmt.Errorf("outbox barrier: transactions over: %t, events published: %t: %w", committed, published, ctx.Err())
		}
	}
}
