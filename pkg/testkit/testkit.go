// Package testkit is what tests of all modules share: a PostgreSQL of the test process's own, with
// a fresh database for each test, and contexts that end before the test is killed.
package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const (
	// grace is left between the end of a test's context and that of the test itself, so that it
	// can fail with a message and clean up instead of being killed with a dump of all goroutines.
	grace = 5 * time.Second
	// longestTest bounds a test that hangs; one that opens every view takes a minute, and two
	// under the race detector on a machine with other work.
	longestTest = 4 * time.Minute
)

// inMain tells that Main will stop what tests share.
var inMain atomic.Bool

// Main is for TestMain: it runs the tests, stops what they shared, and fails if goroutines are
// left over. Options are for goroutines that a library keeps for good.
func Main(m *testing.M, options ...goleak.Option) {
	inMain.Store(true)
	goleak.VerifyTestMain(stopping{m}, options...)
}

type stopping struct{ *testing.M }

func (s stopping) Run() int {
	code := s.M.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "testkit: %v\n", err)
		return max(code, 1)
	}
	return code
}

// Context ends when the test does, a little before the test's deadline, and after two minutes at
// the latest.
func Context(t testing.TB) context.Context {
	t.Helper()
	deadline := time.Now().Add(longestTest)
	if limited, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, ok := limited.Deadline(); ok && end.Add(-grace).Before(deadline) {
			deadline = end.Add(-grace)
		}
	}
	ctx, cancel := context.WithDeadlineCause(t.Context(), deadline, errors.New("the test took too long"))
	t.Cleanup(cancel)
	return ctx
}
