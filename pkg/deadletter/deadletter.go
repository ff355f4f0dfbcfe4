// Package deadletter runs a service's consumers of events and lets an operator see and
// replay what they could not apply.
package deadletter

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/pg"
	deadletterv1 "baoxue.internal/proto/gen/baoxue/deadletter/v1"
)

const (
	defaultPage = 50
	// most failures are told of in one answer.
	most = 1000
)

// Consumer is one of a service's consumers.
type Consumer struct {
	// Durable, Subjects and Batch are those of bus.ConsumerOptions.
	Durable  string
	Subjects []string
	Batch    int
	Handle   bus.Handler
}

// Consumers are all those of a service. What one can't apply is kept in the service's own
// database, whose schema includes bus.Migrations.
type Consumers struct {
	Bus  *bus.Bus
	Pool *pgxpool.Pool
	All  []Consumer
	// Audit records a replay before it begins.
	Audit func(context.Context, audit.Record) error
}

// Run applies events until the context ends.
func (c Consumers) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range c.All {
		group.Go(func() error {
			return c.Bus.Consume(ctx, bus.ConsumerOptions{
				Durable: one.Durable, Subjects: one.Subjects, Batch: one.Batch, DeadLetters: c.graveyard(),
				Unavailable: pg.IsUnavailable,
			}, one.Handle)
		})
	}
	return group.Wait()
}

// Register adds the DeadLetterService.
func (c Consumers) Register(r grpc.ServiceRegistrar) {
	deadletterv1.RegisterDeadLetterServiceServer(r, server{consumers: c})
}

func (c Consumers) graveyard() bus.Graveyard { return bus.Graveyard{Pool: c.Pool} }

// replay applies a dead letter by its own consumer.
func (c Consumers) replay(ctx context.Context, d bus.DeadLetter) error {
	for _, one := range c.All {
		if one.Durable == d.Consumer {
			return c.graveyard().Replay(ctx, d, one.Handle)
		}
	}
	// Its name was given up, and the one that came after begins with the first event.
	return fmt.Errorf("there is no consumer %s any more", d.Consumer)
}

type server struct {
	deadletterv1.UnimplementedDeadLetterServiceServer
	consumers Consumers
}

// ListDeadLetters implements DeadLetterService.
func (s server) ListDeadLetters(ctx context.Context, req *deadletterv1.ListDeadLettersRequest) (*deadletterv1.ListDeadLettersResponse, error) {
	page := int(req.GetPageSize())
	if page == 0 {
		page = defaultPage
	}
	letters, err := s.consumers.graveyard().List(ctx, page)
	if err != nil {
		return nil, err
	}
	total, err := s.consumers.graveyard().Count(ctx)
	if err != nil {
		return nil, err
	}
	resp := &deadletterv1.ListDeadLettersResponse{TotalSize: int32(total), DeadLetters: make([]*deadletterv1.DeadLetter, len(letters))}
	for i, d := range letters {
		resp.DeadLetters[i] = letter(d, d.Cause)
	}
	return resp, nil
}

// ReplayDeadLetters implements DeadLetterService: each once, in the stream's order.
func (s server) ReplayDeadLetters(ctx context.Context, _ *deadletterv1.ReplayDeadLettersRequest) (*deadletterv1.ReplayDeadLettersResponse, error) {
	total, err := s.consumers.graveyard().Count(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.consumers.Audit(ctx, audit.Record{
		Action: "events.replay", ResourceType: "events", Details: map[string]string{"dead_letters": strconv.Itoa(total)},
	}); err != nil {
		return nil, err
	}
	letters, err := s.consumers.graveyard().List(ctx, total)
	if err != nil {
		return nil, err
	}
	resp := &deadletterv1.ReplayDeadLettersResponse{}
	for _, d := range letters {
		switch failure := s.consumers.replay(ctx, d); {
		case failure == nil:
			resp.Applied++
		case ctx.Err() != nil:
			return nil, errors.Join(ctx.Err(), failure)
		default:
			resp.FailedSize++
			if len(resp.GetFailed()) < most {
				resp.Failed = append(resp.Failed, letter(d, failure.Error()))
			}
		}
	}
	return resp, nil
}

func letter(d bus.DeadLetter, cause string) *deadletterv1.DeadLetter {
	return &deadletterv1.DeadLetter{
		Consumer: d.Consumer, EventId: d.Event.ID, EventType: d.Event.Type, StreamSequence: d.Event.Sequence, Cause: cause,
		BuryTime: timestamppb.New(d.BuriedAt),
	}
}
