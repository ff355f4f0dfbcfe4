package systemtest

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// refuseWithoutAnEvent closes a month that an event is missing from, as an operator at night: the
// refusal names the commands, and after them the month can be closed.
func refuseWithoutAnEvent(t *testing.T, s *system) {
	c := operator(t, s)
	bury(t, s)
	month := thisMonth()
	if out, code := c.run("month", "close", "--month", month); code != 1 || !strings.Contains(out, "events replay --service reporting") {
		t.Fatalf("closed without an event: exit %d, %s", code, out)
	}
	c.ok("disk full", "events", "dead", "--service", "reporting")
	c.ok("已重放 1 条", "events", "replay", "--service", "reporting")
	c.ok("死信 0 条", "events", "dead", "--service", "reporting")
	c.ok("期中汇总", "month", "close", "--month", month)
	c.ok("events.replay", "audit", "search", "--service", "reporting", "--action", "events.")
}

// bury leaves an event with reporting that it could not apply and now can.
func bury(t *testing.T, s *system) {
	t.Helper()
	ctx := testkit.Context(t)
	pool, err := pgxpool.New(ctx, s.cluster.DSN(s.databases+"reporting"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	event := bus.Event{ID: "e-1", Type: "baoxue.event.v1.UserDisabled", Sequence: 1}
	if err := (bus.Graveyard{Pool: pool}).Bury(ctx, "reporting-facts-2", event, errors.New("disk full")); err != nil {
		t.Fatal(err)
	}
}
