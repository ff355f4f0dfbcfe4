package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// healEvery is how often the server is asked how it is.
	healEvery = 5 * time.Second
	// What a start does not mend is tried again after longer and longer, and after healSeldom at the latest.
	healSeldom = time.Minute
)

// Heal starts the server again when it can't keep events, until the context ends. After one write that fails, on a full
// disk for instance, it tries none again, whatever room there is later, and answers those who publish with silence.
// Whoever is connected connects again by itself; nothing that was acknowledged is lost. Where it listens must be an
// address that stays.
func (e *Embedded) Heal(ctx context.Context) {
	for wait, ill := healEvery, false; pause(ctx, wait); {
		health := e.running().Healthz(&server.HealthzOptions{})
		if health.Error == "" {
			wait, ill = healEvery, false
			continue
		}
		// A stream that is just being made is not there yet either.
		if !ill {
			ill = true
			continue
		}
		wait = min(2*wait, healSeldom)
		e.options.Log.WarnContext(ctx, "event stream is started again, it can't keep events", "error", health.Error)
		if err := e.restart(); err != nil {
			e.options.Log.WarnContext(ctx, "event stream not started, will be tried again", "error", err)
		}
	}
}

// restart stops the server and starts it on the same files. When it can't, the stopped one stays, which is not well
// either.
func (e *Embedded) restart() error {
	end(e.running())
	s, err := e.options.start()
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server = s
	return nil
}
