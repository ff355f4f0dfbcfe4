package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Replay hands over every event from the first one to the newest at the time of the call,
// in the stream's order and in batches of at most batch. No durable position moves. It
// ends with the handler's first error, and refuses a stream whose first events are gone.
func (b *Bus) Replay(ctx context.Context, batch int, handle Handler) error {
	stream, err := b.js.Stream(ctx, StreamName)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	last := info.State.LastSeq
	if last == 0 {
		return nil
	}
	if info.State.FirstSeq > 1 {
		return fmt.Errorf("replay: the stream begins with event %d, the ones before are gone", info.State.FirstSeq)
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer messages.Stop()
	events := make([]Event, 0, batch)
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		event, err := eventOf(m)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		events = append(events, event)
		done := event.Sequence >= last
		if len(events) == batch || done {
			if err := handle(ctx, events); err != nil {
				return fmt.Errorf("replay up to event %d: %w", event.Sequence, err)
			}
			events = events[:0]
		}
		if done {
			return nil
		}
	}
}
