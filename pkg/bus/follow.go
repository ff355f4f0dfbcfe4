package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Place is where following begins: after a position in the stream, or with the first event that
// was stored at an instant or later; zero is the beginning.
type Place struct {
	After uint64
	Since time.Time
}

// ErrNoSuchPlace says that the stream does not go on from a place: what came after it is gone, or
// the place is another stream's.
var ErrNoSuchPlace = errors.New("the stream has no such place")

// Follow hands over every event after a place, one by one in the stream's order, and then those
// that are published, until the context ends, which is no error. No durable position moves.
func (b *Bus) Follow(ctx context.Context, from Place, handle func(Event) error) error {
	stream, err := b.stream(ctx)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	state := stream.CachedInfo().State
	if from.After > state.LastSeq || from.After > 0 && from.After+1 < state.FirstSeq {
		return ErrNoSuchPlace
	}
	config := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy}
	switch {
	case from.After > 0:
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from.After+1
	case !from.Since.IsZero():
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &from.Since
	}
	consumer, err := ordered(ctx, stream, config)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	// What is fetched ahead is bounded: a slow reader is waited for.
	messages, err := consumer.Messages(jetstream.PullMaxMessages(followAhead))
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("follow: %w", err)
		}
		event, err := eventOf(m)
		if err != nil {
			return fmt.Errorf("follow: %w", err)
		}
		if err := handle(event); err != nil {
			return err
		}
	}
}

const followAhead = 256

// ordered reads a stream in its order, without a position that is kept.
func ordered(ctx context.Context, stream jetstream.Stream, config jetstream.OrderedConsumerConfig) (jetstream.Consumer, error) {
	asking, cancel := ask(ctx)
	defer cancel()
	return stream.OrderedConsumer(asking, config)
}
