package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Backlog is what a durable consumer has not applied yet.
type Backlog struct {
	Events uint64
	// Oldest is for how long the first of them has been in the stream; zero when there is none.
	Oldest time.Duration
}

// Backlog asks the broker for that of a consumer that receives subjects; none means all.
func (b *Bus) Backlog(ctx context.Context, durable string, receives []string) (Backlog, error) {
	backlog, err := b.backlog(ctx, durable, receives)
	if err != nil {
		return Backlog{}, fmt.Errorf("backlog of consumer %s: %w", durable, err)
	}
	return backlog, nil
}

func (b *Bus) backlog(ctx context.Context, durable string, receives []string) (Backlog, error) {
	if err := b.Ready(); err != nil {
		return Backlog{}, err
	}
	stream, err := b.stream(ctx)
	if err != nil {
		return Backlog{}, err
	}
	asking, cancel := ask(ctx)
	defer cancel()
	consumer, err := stream.Consumer(asking, durable)
	if err != nil {
		return Backlog{}, err
	}
	info := consumer.CachedInfo()
	backlog := Backlog{Events: info.NumPending + uint64(info.NumAckPending)}
	if backlog.Events == 0 {
		return backlog, nil
	}
	if len(receives) == 0 {
		receives = []string{subjects}
	}
	for _, subject := range receives {
		first, err := stream.GetMsg(asking, info.AckFloor.Stream+1, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return Backlog{}, err
		}
		backlog.Oldest = max(backlog.Oldest, time.Since(first.Time))
	}
	return backlog, nil
}
