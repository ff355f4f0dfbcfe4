package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// listening is a broker for other processes, at a new address or at one from before.
func listening(t *testing.T, address string) *bus.Embedded {
	t.Helper()
	server, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: t.TempDir(), Listen: address, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// administrator may do what no service does.
func administrator(t *testing.T, server *bus.Embedded) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// An operator replaced the broker's files by others, or deleted a consumer, while a service ran:
// what is published from then on arrives, and nobody has to start the service again.
func TestAConsumerThatTheBrokerLostIsMadeAgain(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, server *bus.Embedded){
		"all files": func(t *testing.T, server *bus.Embedded) {
			server.Stop()
			listening(t, strings.TrimPrefix(server.URL(), "nats://"))
		},
		"the consumer": func(t *testing.T, server *bus.Embedded) {
			if err := administrator(t, server).DeleteConsumer(testkit.Context(t), bus.StreamName, "test"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := testkit.Context(t)
			server := listening(t, "127.0.0.1:0")
			b, err := bus.Connect(ctx, bus.Options{URL: server.URL(), Name: "test", Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			handled := make(chan string, 100)
			consume(t, b, bus.ConsumerOptions{Durable: "test"}, func(_ context.Context, events []bus.Event) error {
				for _, e := range events {
					handled <- e.ID
				}
				return nil
			})
			publish(t, b, "before")
			if id := <-handled; id != "before" {
				t.Fatalf("%s came", id)
			}
			lose(t, server)
			publishAgain(t, b, "after")
			for id := ""; id != "after"; {
				select {
				case id = <-handled:
				case <-ctx.Done():
					t.Fatal("what was published afterwards did not come")
				}
			}
		})
	}
}

// publishAgain tries until the broker takes it, as a relay does.
func publishAgain(t *testing.T, b *bus.Bus, id string) {
	t.Helper()
	ctx := testkit.Context(t)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := b.Publish(ctx, "test", []bus.Message{message(id)})
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

// Nobody compares with what it published unless the broker was away: an empty stream in the place of one that
// was deleted would take new events, and what was lost would never be missed.
func TestAStreamThatWasDeletedIsNotMadeBySomebodyWhoRuns(t *testing.T) {
	ctx := testkit.Context(t)
	server := listening(t, "127.0.0.1:0")
	b, err := bus.Connect(ctx, bus.Options{URL: server.URL(), Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	handled := make(chan struct{}, 1)
	consume(t, b, bus.ConsumerOptions{Durable: "test"}, func(context.Context, []bus.Event) error {
		handled <- struct{}{}
		return nil
	})
	publish(t, b, "before")
	<-handled
	js := administrator(t, server)
	if err := js.DeleteStream(ctx, bus.StreamName); err != nil {
		t.Fatal(err)
	}
	// Longer than a consumer takes to try twice.
	const tries = 4 * time.Second
	timer := time.NewTimer(tries)
	defer timer.Stop()
	<-timer.C
	if _, err := js.Stream(ctx, bus.StreamName); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("the stream is there: %v", err)
	}
}
