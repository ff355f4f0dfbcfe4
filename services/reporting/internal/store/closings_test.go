package store_test

import (
	"testing"
	"time"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
)

// What has to be closed goes back to the first child, and after a close to its cut-off.
func TestClosedUntil(t *testing.T) {
	s, _ := open(t)
	until := func() time.Time {
		t.Helper()
		at, err := s.ClosedUntil(testkit.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := until(); time.Since(at) > time.Minute {
		t.Errorf("without a child: %v", at)
	}
	first := july.Start().AddDate(0, 0, 3)
	apply(t, s, []app.Routing{routed(1, 1, "330106", first)}, nil)
	apply(t, s, []app.Routing{routed(1, 2, "330105", first.AddDate(0, 0, 1)), routed(2, 1, "330105", first.AddDate(0, 0, 2))}, nil)
	if at := until(); !at.Equal(first) {
		t.Errorf("before the first close: %v, want %v", at, first)
	}
}

func TestClosedUntilTheNewestCutoff(t *testing.T) {
	s, _ := open(t)
	closeJuly(t, closing(s, threeChildren(t, s)))
	if at, err := s.ClosedUntil(testkit.Context(t)); err != nil || !at.Equal(july.End()) {
		t.Errorf("got %v, %v; want %v", at, err, july.End())
	}
}
