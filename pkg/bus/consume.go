package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
)

// Event is a message on its way in.
type Event struct {
	// ID is the same however often it is delivered.
	ID      string
	Type    string
	Subject string
	// Time is when it happened.
	Time time.Time
	// Sequence is its position in the stream.
	Sequence uint64
	// Delivered counts deliveries, from 1.
	Delivered uint64
	Data      []byte
}

// Decode reads what the event tells; an error names the event.
func (e Event) Decode(into proto.Message) error {
	if err := proto.Unmarshal(e.Data, into); err != nil {
		return fmt.Errorf("event %s: %w", e.ID, err)
	}
	return nil
}

// Handler applies events in one transaction and returns after commit. It must be
// idempotent and must not depend on the order: an event can come twice, and late.
type Handler func(ctx context.Context, events []Event) error

// DeadLetters keeps what can't be applied, where an operator sees it.
type DeadLetters interface {
	Bury(ctx context.Context, consumer string, event Event, cause error) error
}

// ConsumerOptions configures Consume.
type ConsumerOptions struct {
	// Durable is the consumer's name; its position survives restarts.
	Durable string
	// Subjects to receive; empty means all.
	Subjects []string
	// Batch is how many events are handed over at most; 0 means 256.
	Batch int
	// MaxTries before an event is buried; 0 means 8.
	MaxTries    uint64
	DeadLetters DeadLetters
	// Unavailable tells of an error that is no fault whether what the handler needs, a database say, can't
	// serve now. May be nil.
	Unavailable func(error) bool
}

const (
	ackWait  = 30 * time.Second
	firstTry = 100 * time.Millisecond
	lastTry  = 10 * time.Second
	// How long one request for messages waits for the first.
	pollWait = 5 * time.Second
)

// Consume hands events to the handler until the context ends. A batch that fails
// is tried again one by one, so that one bad event holds up no other; one that
// fails too often is buried. While what the handler needs can't serve, a database or
// another service, all of them wait, and none is buried for that.
func (b *Bus) Consume(ctx context.Context, o ConsumerOptions, handle Handler) error {
	if o.Batch == 0 {
		o.Batch = 256
	}
	if o.MaxTries == 0 {
		o.MaxTries = 8
	}
	consumer, err := b.first(ctx, o)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("consumer %s: %w", o.Durable, err)
	}
	met := b.Reconnects()
	for ctx.Err() == nil {
		batch, err := fetch(ctx, consumer, o.Batch)
		if err != nil {
			b.log.WarnContext(ctx, "fetching events", "consumer", o.Durable, "error", err)
			if !pause(ctx, time.Second) {
				break
			}
			reconnects := b.Reconnects()
			made, err := b.again(ctx, o, reconnects != met)
			if err != nil {
				b.log.WarnContext(ctx, "consumer not made again, will be tried again", "consumer", o.Durable, "error", err)
				continue
			}
			consumer, met = made, reconnects
			continue
		}
		if len(batch) > 0 {
			b.apply(ctx, o, batch, handle)
		}
	}
	return nil
}

// consumer makes the durable consumer, or finds it where it was.
func (b *Bus) consumer(ctx context.Context, o ConsumerOptions) (jetstream.Consumer, error) {
	return b.js.CreateOrUpdateConsumer(ctx, StreamName, jetstream.ConsumerConfig{
		Durable: o.Durable, FilterSubjects: o.Subjects, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxDeliver: -1, MaxAckPending: 4 * o.Batch,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	})
}

// first makes the consumer when the broker can: it may be choosing who leads, or making copies of the stream.
func (b *Bus) first(ctx context.Context, o ConsumerOptions) (jetstream.Consumer, error) {
	for {
		consumer, err := b.consumer(ctx, o)
		if err == nil || !notNow(err) {
			return consumer, err
		}
		b.log.WarnContext(ctx, "consumer not made, will be tried again", "consumer", o.Durable, "error", err)
		if !pause(ctx, time.Second) {
			return nil, err
		}
	}
}

// The code of the broker's API for what it can't do now.
const unavailable = 503

// notNow tells whether the broker may do later what it did not do.
func notNow(err error) bool {
	var refused *jetstream.APIError
	return errors.As(err, &refused) && refused.Code == unavailable || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded)
}

// again makes the consumer if the broker has lost it, and the stream, too, if the broker was lost and found again:
// its files were replaced while we ran. Who publishes compares the two then. A stream that was deleted under a
// broker that ran on is an operator's to make again, by a start: an empty one would hide what was lost.
func (b *Bus) again(ctx context.Context, o ConsumerOptions, found bool) (jetstream.Consumer, error) {
	if found {
		if _, err := openStream(ctx, b.js, b.replicas); err != nil {
			return nil, err
		}
	}
	return b.consumer(ctx, o)
}

// fetch waits for the first message and takes with it what is there already.
func fetch(ctx context.Context, consumer jetstream.Consumer, most int) ([]jetstream.Msg, error) {
	waiting, cancel := context.WithTimeout(ctx, pollWait)
	defer cancel()
	one, err := consumer.Next(jetstream.FetchContext(waiting))
	switch {
	case ctx.Err() != nil, errors.Is(err, jetstream.ErrNoMessages), errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, jetstream.ErrMsgIteratorClosed):
		return nil, nil
	case err != nil:
		return nil, err
	}
	messages := []jetstream.Msg{one}
	rest, err := consumer.FetchNoWait(most - 1)
	if err != nil {
		// The first one is there; the error comes back at the next fetch.
		return messages, nil
	}
	for m := range rest.Messages() {
		messages = append(messages, m)
	}
	return messages, nil
}

func (b *Bus) apply(ctx context.Context, o ConsumerOptions, messages []jetstream.Msg, handle Handler) {
	events := make([]Event, 0, len(messages))
	sound := make([]jetstream.Msg, 0, len(messages))
	for _, m := range messages {
		event, err := eventOf(m)
		if err != nil {
			b.log.ErrorContext(ctx, "event without metadata", "consumer", o.Durable, "error", err)
			continue
		}
		events, sound = append(events, event), append(sound, m)
	}
	err := handle(ctx, events)
	if err == nil {
		for _, m := range sound {
			b.ack(ctx, o, m)
		}
		return
	}
	if ctx.Err() != nil {
		return
	}
	if o.unavailable(err) {
		b.putOff(ctx, o, sound, events, err)
		return
	}
	for i, m := range sound {
		if len(sound) > 1 {
			if err = handle(ctx, events[i:i+1]); err == nil {
				b.ack(ctx, o, m)
				continue
			}
		}
		b.retry(ctx, o, m, events[i], err)
	}
}

// unavailable tells whether nothing is wrong with the events.
func (o ConsumerOptions) unavailable(err error) bool {
	if f := fault.As(err); f != nil {
		return f.Kind == fault.Unavailable || f.Kind == fault.Deadline
	}
	return o.Unavailable != nil && o.Unavailable(err)
}

// putOff gives all back for later.
func (b *Bus) putOff(ctx context.Context, o ConsumerOptions, messages []jetstream.Msg, events []Event, cause error) {
	b.log.WarnContext(ctx, "events not applied, will be tried again", "consumer", o.Durable, "events", len(events),
		"sequence", events[0].Sequence, "error", cause)
	for i, m := range messages {
		b.giveBack(ctx, m, events[i])
	}
}

// giveBack has the event come again, the later the oftener it came.
func (b *Bus) giveBack(ctx context.Context, m jetstream.Msg, event Event) {
	if err := m.NakWithDelay(min(firstTry<<min(event.Delivered-1, 10), lastTry)); err != nil {
		b.log.WarnContext(ctx, "event not given back, it comes again after the wait", "error", err)
	}
}

// retry gives the event back for later, or buries it.
func (b *Bus) retry(ctx context.Context, o ConsumerOptions, m jetstream.Msg, event Event, cause error) {
	if event.Delivered < o.MaxTries || o.unavailable(cause) {
		b.log.WarnContext(ctx, "event not applied, will be tried again", "consumer", o.Durable, "event_id", event.ID,
			"type", event.Type, "sequence", event.Sequence, "tries", event.Delivered, "error", cause)
		b.giveBack(ctx, m, event)
		return
	}
	if err := o.DeadLetters.Bury(ctx, o.Durable, event, cause); err != nil {
		b.log.ErrorContext(ctx, "dead letter not stored, the event stays in the stream", "consumer", o.Durable, "event_id", event.ID, "error", err)
		return
	}
	b.log.ErrorContext(ctx, "event can't be applied, it is in the dead letters", "consumer", o.Durable, "event_id", event.ID,
		"type", event.Type, "sequence", event.Sequence, "error", cause)
	b.ack(ctx, o, m)
}

// ack may fail: then the event comes again and changes nothing.
func (b *Bus) ack(ctx context.Context, o ConsumerOptions, m jetstream.Msg) {
	if err := m.Ack(); err != nil {
		b.log.WarnContext(ctx, "event not acknowledged, it comes again", "consumer", o.Durable, "error", err)
	}
}

func eventOf(m jetstream.Msg) (Event, error) {
	meta, err := m.Metadata()
	if err != nil {
		return Event{}, err
	}
	// Of a foreign message the time is none.
	at, _ := time.Parse(time.RFC3339Nano, m.Headers().Get("ce-time"))
	return Event{
		ID: m.Headers().Get("ce-id"), Type: m.Headers().Get("ce-type"), Subject: m.Subject(), Time: at,
		Sequence: meta.Sequence.Stream, Delivered: meta.NumDelivered, Data: m.Data(),
	}, nil
}

// WaitApplied waits until the durable consumer has finished with every event up to a position in the stream, or the
// context ends.
func (b *Bus) WaitApplied(ctx context.Context, durable string, sequence uint64) error {
	for delay := 2 * time.Millisecond; ; delay = min(2*delay, 200*time.Millisecond) {
		done, err := b.applied(ctx, durable, sequence)
		if done || err != nil && !notNow(err) {
			return err
		}
		if !pause(ctx, delay) {
			return errors.Join(fmt.Errorf("consumer %s has not applied the events up to %d: %w", durable, sequence, ctx.Err()), err)
		}
	}
}

func (b *Bus) applied(ctx context.Context, durable string, sequence uint64) (bool, error) {
	asking, cancel := ask(ctx)
	defer cancel()
	consumer, err := b.js.Consumer(asking, StreamName, durable)
	if err != nil {
		return false, fmt.Errorf("consumer %s: %w", durable, err)
	}
	info := consumer.CachedInfo()
	// The floor stands at the last event that the consumer's filter let through,
	// so a consumer that has nothing left is done wherever its floor is.
	return info.AckFloor.Stream >= sequence || info.NumPending == 0 && info.NumAckPending == 0, nil
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
