package outbox_test

import (
	"errors"
	"testing"

	"baoxue.internal/pkg/testkit"
)

// Whoever watches sees that events wait, and for how long, and that they went.
func TestWhatWaitsForTheStreamIsMeasured(t *testing.T) {
	pool, ctx := database(t), testkit.Context(t)
	broken := newStream()
	broken.fail = errors.New("no broker")
	relay, stop := run(t, pool, broken)
	measured := func() (events, oldest float64) {
		all := testkit.Measured(t, relay.Measurements())
		return all["baoxue_outbox_unpublished_events"], all["baoxue_outbox_oldest_seconds"]
	}
	if events, oldest := measured(); events != 0 || oldest != 0 {
		t.Errorf("%v events, the oldest of %v s, in an empty outbox", events, oldest)
	}
	for _, entry := range []string{"a", "b"} {
		tx := begin(ctx, t, pool)
		appendEvent(ctx, t, tx, entry)
		commit(ctx, t, tx)
	}
	if _, err := pool.Exec(ctx, `UPDATE outbox SET occurred_at = occurred_at - interval '10 min' WHERE id = (SELECT min(id) FROM outbox)`); err != nil {
		t.Fatal(err)
	}
	if events, oldest := measured(); events != 2 || oldest < 600 || oldest > 660 {
		t.Errorf("%v events, the oldest of %v s", events, oldest)
	}
	stop()
	whole := newStream()
	relay, _ = run(t, pool, whole)
	<-whole.arrived
	<-whole.arrived
	if _, _, err := relay.Barrier(ctx); err != nil {
		t.Fatal(err)
	}
	if events, oldest := measured(); events != 0 || oldest != 0 {
		t.Errorf("%v events, the oldest of %v s, after all were published", events, oldest)
	}
}
