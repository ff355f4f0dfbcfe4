// Package lifecycle starts the parts of a process in order, stops them in
// reverse order, and keeps two processes from using the same directory at once.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// DefaultStopTimeout is how long a component may take to stop unless it says otherwise.
const DefaultStopTimeout = 15 * time.Second

// ErrStopTimeout is wrapped by the error of a component that did not stop in time.
var ErrStopTimeout = errors.New("did not stop in time")

// Component is one part of a process.
type Component struct {
	// Name appears in log lines and errors.
	Name string
	// Run works until ctx is cancelled and calls ready once others may rely on it; further
	// calls do nothing. Returning nil before ctx is cancelled means that the work is complete
	// (a migration, say) and counts as ready; any other return stops the whole group.
	Run func(ctx context.Context, ready func()) error
	// StopTimeout bounds the time between the cancellation of ctx and the return of Run;
	// zero means DefaultStopTimeout.
	StopTimeout time.Duration
}

// Run starts the components in order, each only when the one before it is ready. When ctx is
// cancelled or a component fails, all that were started are stopped in reverse order, one after
// the other, each within its own time. It returns the first error, or nil when ctx was cancelled
// or every component completed and all stopped cleanly.
//
// A component that does not stop in time is abandoned: its goroutine lives on until the process
// ends, which is what the caller is expected to do next.
func Run(ctx context.Context, log *slog.Logger, components ...Component) error {
	g := &group{log: log, ended: make(chan *running, len(components))}
	err := g.start(ctx, components)
	if err == nil {
		err = g.watch(ctx)
	}
	if err != nil {
		log.ErrorContext(ctx, "stopping because a component failed", slog.Any("error", err))
	}
	return g.stop(err)
}

// SignalContext returns a context that ends at the first SIGINT or SIGTERM. A second signal
// then has its usual effect and kills the process, so that an operator never faces a process
// which hangs while it stops.
func SignalContext() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

type group struct {
	log     *slog.Logger
	running []*running
	// ended has room for every component, so that no goroutine ever waits to report its end.
	ended chan *running
	alive int
}

type running struct {
	Component
	cancel context.CancelFunc
	ready  chan struct{}
	done   chan struct{}
	err    error
	// reported is set when the end was already taken from group.ended.
	reported bool
}

func (g *group) start(ctx context.Context, components []Component) error {
	for _, c := range components {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // being stopped is no failure
		}
		r := g.launch(ctx, c)
		for waiting := true; waiting; {
			select {
			case <-r.ready:
				g.log.DebugContext(ctx, "component ready", slog.String("component", c.Name))
				waiting = false
			case e := <-g.ended:
				if err := g.completed(ctx, e); err != nil {
					return err
				}
				waiting = e != r
			case <-ctx.Done():
				return nil
			}
		}
	}
	return nil
}

func (g *group) launch(ctx context.Context, c Component) *running {
	// A component outlives the cancellation of ctx: those that it relies on stop after it.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{Component: c, cancel: cancel, ready: make(chan struct{}, 1), done: make(chan struct{})}
	g.running = append(g.running, r)
	g.alive++
	go func() {
		r.err = c.Run(own, func() {
			select {
			case r.ready <- struct{}{}:
			default:
			}
		})
		close(r.done)
		g.ended <- r
	}()
	return r
}

// watch returns when the group has to stop.
func (g *group) watch(ctx context.Context) error {
	for g.alive > 0 {
		select {
		case e := <-g.ended:
			if err := g.completed(ctx, e); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func (g *group) completed(ctx context.Context, r *running) error {
	g.alive--
	r.reported = true
	if r.err != nil {
		return fmt.Errorf("%s: %w", r.Name, r.err)
	}
	g.log.DebugContext(ctx, "component completed", slog.String("component", r.Name))
	return nil
}

func (g *group) stop(first error) error {
	for i := len(g.running) - 1; i >= 0; i-- {
		r := g.running[i]
		if r.reported {
			r.cancel()
			continue
		}
		if err := r.stop(); err != nil {
			g.log.Error("component stopped with an error", slog.Any("error", err))
			if first == nil {
				first = err
			}
		}
	}
	return first
}

func (r *running) stop() error {
	r.cancel()
	limit := r.StopTimeout
	if limit <= 0 {
		limit = DefaultStopTimeout
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		return fmt.Errorf("%s: %w (%s)", r.Name, ErrStopTimeout, limit)
	}
	// Saying "I was cancelled" is a clean end here.
	if r.err == nil || errors.Is(r.err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", r.Name, r.err)
}
