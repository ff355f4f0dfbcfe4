package outbox

import (
	"testing"
	"time"
)

// Whatever a look has cost or waited for, what somebody else commits is not kept from the stream for long.
func TestLooksForNothingAreRareButNeverForgotten(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: pollInterval, time.Millisecond: pollInterval, 20 * time.Millisecond: time.Second, time.Minute: seldom,
	} {
		if got := untilNextLook(took); got != want {
			t.Errorf("after %v: %v, want %v", took, got, want)
		}
	}
}
