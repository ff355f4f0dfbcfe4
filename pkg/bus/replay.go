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
	_, err := b.ReplayAfter(ctx, 0, batch, handle)
	return err
}

// ReplayAfter is Replay from the event after a position on, and returns the position that it
// came to: where another one goes on.
func (b *Bus) ReplayAfter(ctx context.Context, after uint64, batch int, handle Handler) (last uint64, err error) {
	stream, err := b.stream(ctx)
	if err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	state := stream.CachedInfo().State
	last = state.LastSeq
	if state.FirstSeq > after+1 {
		return 0, fmt.Errorf("replay: the stream begins with event %d, the ones before are gone", state.FirstSeq)
	}
	if last <= after {
		return last, nil
	}
	return last, replay(ctx, stream, after+1, last, batch, handle)
}

// replay hands over the events from a position to another, which must be there.
func replay(ctx context.Context, stream jetstream.Stream, first, last uint64, batch int, handle Handler) error {
	consumer, err := ordered(ctx, stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: first,
	})
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
