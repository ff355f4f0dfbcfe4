package lifecycle_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"baoxue.internal/pkg/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroken = errors.New("broken")

type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) server(name string) lifecycle.Component {
	return lifecycle.Component{Name: name, Run: func(ctx context.Context, ready func()) error {
		j.add("start " + name)
		ready()
		<-ctx.Done()
		j.add("stop " + name)
		return ctx.Err()
	}}
}

func TestRunStartsInOrderAndStopsInReverse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var j journal
	last := lifecycle.Component{Name: "last", Run: func(ctx context.Context, ready func()) error {
		j.add("start last")
		ready()
		ready()
		cancel()
		<-ctx.Done()
		j.add("stop last")
		return nil
	}}
	if err := lifecycle.Run(ctx, slog.New(slog.DiscardHandler), j.server("a"), j.server("b"), last); err != nil {
		t.Fatal(err)
	}
	want := []string{"start a", "start b", "start last", "stop last", "stop b", "stop a"}
	if diff := cmp.Diff(want, j.lines); diff != "" {
		t.Fatal(diff)
	}
}

func TestRunReturnsTheFirstErrorAndStopsTheOthers(t *testing.T) {
	var j journal
	broken := lifecycle.Component{Name: "b", Run: func(context.Context, func()) error { return errBroken }}
	err := lifecycle.Run(t.Context(), slog.New(slog.DiscardHandler), j.server("a"), broken, j.server("never"))
	if !errors.Is(err, errBroken) || err.Error() != "b: broken" {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"start a", "stop a"}, j.lines); diff != "" {
		t.Fatal(diff)
	}
}

func TestRunFailsWhenAnEarlierComponentDiesWhileALaterOneStarts(t *testing.T) {
	die := make(chan struct{})
	first := lifecycle.Component{Name: "first", Run: func(_ context.Context, ready func()) error {
		ready()
		<-die
		return errBroken
	}}
	second := lifecycle.Component{Name: "second", Run: func(ctx context.Context, _ func()) error {
		close(die)
		<-ctx.Done()
		return ctx.Err()
	}}
	if err := lifecycle.Run(t.Context(), slog.New(slog.DiscardHandler), first, second); !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
}

func TestRunEndsWhenEveryComponentCompleted(t *testing.T) {
	var j journal
	job := func(name string) lifecycle.Component {
		return lifecycle.Component{Name: name, Run: func(context.Context, func()) error {
			j.add(name)
			return nil
		}}
	}
	if err := lifecycle.Run(t.Context(), slog.New(slog.DiscardHandler), job("migrate"), job("load")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"migrate", "load"}, j.lines); diff != "" {
		t.Fatal(diff)
	}
}

func TestRunReportsAnErrorMadeWhileStopping(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := lifecycle.Component{Name: "c", Run: func(ctx context.Context, ready func()) error {
		ready()
		cancel()
		<-ctx.Done()
		return errBroken
	}}
	if err := lifecycle.Run(ctx, slog.New(slog.DiscardHandler), c); !errors.Is(err, errBroken) {
		t.Fatalf("got %v", err)
	}
}

func TestRunAbandonsAComponentThatDoesNotStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	var j journal
	stuck := lifecycle.Component{
		Name: "stuck", StopTimeout: time.Millisecond,
		Run: func(_ context.Context, ready func()) error {
			ready()
			cancel()
			<-release
			return nil
		},
	}
	err := lifecycle.Run(ctx, slog.New(slog.DiscardHandler), j.server("a"), stuck)
	if !errors.Is(err, lifecycle.ErrStopTimeout) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"start a", "stop a"}, j.lines); diff != "" {
		t.Fatalf("the others must still be stopped: %s", diff)
	}
}

func TestSignalContextEndsAtSIGTERM(t *testing.T) {
	ctx, stop := lifecycle.SignalContext()
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
}
