package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// Message is an event on its way out. ID makes a repeated publish harmless.
type Message struct {
	ID      string
	Subject string
	Type    string
	Time    time.Time
	Data    []byte
}

// Publish publishes all messages in order and waits for the broker to have them on its disk.
// At most 512 at once. Sequences holds the stream position of each; a position of 0 means
// that this one was not acknowledged.
func (b *Bus) Publish(ctx context.Context, source string, messages []Message) (sequences []uint64, err error) {
	if b.batches && len(messages) > 1 {
		last, err := b.publishBatch(ctx, source, messages)
		if err == nil {
			return ending(last, len(messages)), nil
		}
		// The broker stored none of a batch that it refuses; one that has a message stored
		// before, for instance, when a relay was killed before it could mark it.
		var refused *jetstream.APIError
		if !errors.As(err, &refused) {
			return make([]uint64, len(messages)), fmt.Errorf("publishing %d events: %w", len(messages), err)
		}
	}
	return b.publishEach(ctx, source, messages)
}

func (b *Bus) publishBatch(ctx context.Context, source string, messages []Message) (last uint64, err error) {
	batch := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		batch[i] = m.cloudEvent(source)
		batch[i].Header.Set(jetstream.MsgIDHeader, m.ID)
	}
	asking, cancel := ask(ctx)
	defer cancel()
	ack, err := jetstreamext.PublishMsgBatch(asking, b.js, batch)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// ending are the n positions up to the last: nothing comes between those of a batch.
func ending(last uint64, n int) []uint64 {
	sequences := make([]uint64, n)
	for i := range sequences {
		sequences[i] = last - uint64(n-1-i)
	}
	return sequences
}

func (b *Bus) publishEach(ctx context.Context, source string, messages []Message) (sequences []uint64, err error) {
	sequences = make([]uint64, len(messages))
	futures := make([]jetstream.PubAckFuture, len(messages))
	for i, m := range messages {
		if futures[i], err = b.js.PublishMsgAsync(m.cloudEvent(source), jetstream.WithMsgID(m.ID)); err != nil {
			err = fmt.Errorf("publishing %s: %w", m.Type, err)
			break
		}
	}
	for i, f := range futures {
		if f == nil {
			continue
		}
		select {
		case ack := <-f.Ok():
			sequences[i] = ack.Sequence
		case failure := <-f.Err():
			err = errors.Join(err, fmt.Errorf("publishing %s: %w", messages[i].Type, failure))
		case <-ctx.Done():
			return sequences, errors.Join(err, ctx.Err())
		}
	}
	return sequences, err
}

// cloudEvent has the attributes of CloudEvents in the NATS binding's header form.
func (m Message) cloudEvent(source string) *nats.Msg {
	msg := nats.NewMsg(m.Subject)
	msg.Data = m.Data
	msg.Header.Set("ce-specversion", "1.0")
	msg.Header.Set("ce-id", m.ID)
	msg.Header.Set("ce-type", m.Type)
	msg.Header.Set("ce-source", "/baoxue/"+source)
	msg.Header.Set("ce-time", m.Time.UTC().Format(time.RFC3339Nano))
	msg.Header.Set("content-type", "application/protobuf")
	return msg
}

// Holds reports whether the event that was published to a position is still there. One that went
// by the stream's own limits counts as held; one that the stream does not reach, or that has
// another's place, does not: the broker lost it, or is another one.
func (b *Bus) Holds(ctx context.Context, sequence uint64, id string) (bool, error) {
	stream, err := b.stream(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for event %s: %w", id, err)
	}
	switch state := stream.CachedInfo().State; {
	case sequence > state.LastSeq:
		return false, nil
	case sequence < state.FirstSeq:
		return true, nil
	}
	message, err := stream.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for event %s: %w", id, err)
	}
	return message.Header.Get(jetstream.MsgIDHeader) == id, nil
}

// Newest returns position and id of the newest event that a service has published; zero when there
// is none.
func (b *Bus) Newest(ctx context.Context, service string) (sequence uint64, id string, err error) {
	stream, err := b.stream(ctx)
	if err != nil {
		return 0, "", fmt.Errorf("newest event of %s: %w", service, err)
	}
	message, err := stream.GetLastMsgForSubject(ctx, "baoxue."+service+".>")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("newest event of %s: %w", service, err)
	}
	return message.Sequence, message.Header.Get(jetstream.MsgIDHeader), nil
}

// Reconnects counts how often the broker was lost and found again.
func (b *Bus) Reconnects() uint64 { return b.conn.Stats().Reconnects }
