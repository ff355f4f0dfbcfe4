package deadletter_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/deadletter"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	deadletterv1 "baoxue.internal/proto/gen/baoxue/deadletter/v1"
)

func TestMain(m *testing.M) { testkit.Main(m) }

type people map[string]rpc.Identity

func (p people) Authenticate(_ context.Context, token string) (rpc.Identity, error) {
	return p[token], nil
}

var callers = people{
	"operator": {Subject: "u1", Level: commonv1.Level_LEVEL_PROVINCE, Roles: []commonv1.Role{commonv1.Role_ROLE_OPERATOR}},
	"clerk":    {Subject: "u2", Level: commonv1.Level_LEVEL_PROVINCE, Roles: []commonv1.Role{commonv1.Role_ROLE_CLERK}},
}

// house is a service with two consumers, one of which can't apply what is broken.
type house struct {
	graveyard bus.Graveyard
	applied   []string
	broken    map[string]bool
	recorded  []audit.Record
	clients   map[string]deadletterv1.DeadLetterServiceClient
}

func serve(t *testing.T) *house {
	t.Helper()
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "letters", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, bus.Migrations, bus.MigrationsDir)
	})
	pool, err := pg.Open(ctx, dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	h := &house{graveyard: bus.Graveyard{Pool: pool}, broken: map[string]bool{}, clients: map[string]deadletterv1.DeadLetterServiceClient{}}
	handle := func(consumer string) bus.Handler {
		return func(_ context.Context, events []bus.Event) error {
			if h.broken[events[0].ID] {
				return errors.New("still broken")
			}
			h.applied = append(h.applied, consumer+" "+events[0].ID)
			return nil
		}
	}
	consumers := deadletter.Consumers{
		Pool: pool, All: []deadletter.Consumer{{Durable: "facts", Handle: handle("facts")}, {Durable: "people", Handle: handle("people")}},
		Audit: func(_ context.Context, r audit.Record) error {
			h.recorded = append(h.recorded, r)
			return nil
		},
	}
	server, err := rpc.NewServer(rpc.ServerOptions{Log: slog.New(slog.DiscardHandler), Authenticator: callers}, consumers.Register)
	if err != nil {
		t.Fatal(err)
	}
	address := testkit.Serve(t, server)
	for name := range callers {
		conn, err := rpc.Dial(address, rpc.ClientOptions{Token: func(context.Context) (string, error) { return name, nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		h.clients[name] = deadletterv1.NewDeadLetterServiceClient(conn)
	}
	return h
}

func (h *house) bury(t *testing.T, consumer, id string, sequence uint64) {
	t.Helper()
	if err := h.graveyard.Bury(testkit.Context(t), consumer, bus.Event{ID: id, Type: "type", Sequence: sequence}, errors.New("why")); err != nil {
		t.Fatal(err)
	}
}

// What is mended is applied by the consumer that could not, in the stream's order, once; what
// is not stays, with what is wrong with it today.
func TestDeadLettersAreReplayed(t *testing.T) {
	h, ctx := serve(t), testkit.Context(t)
	h.bury(t, "people", "c", 3)
	h.bury(t, "facts", "a", 1)
	h.bury(t, "facts", "b", 2)
	h.bury(t, "gone", "d", 4)
	h.broken["b"] = true

	first, err := h.clients["operator"].ListDeadLetters(ctx, &deadletterv1.ListDeadLettersRequest{PageSize: 1})
	if err != nil || first.GetTotalSize() != 4 || len(first.GetDeadLetters()) != 1 {
		t.Fatalf("got %v, %v", first, err)
	}
	if d := first.GetDeadLetters()[0]; d.GetEventId() != "a" || d.GetConsumer() != "facts" || d.GetCause() != "why" || d.GetStreamSequence() != 1 {
		t.Errorf("the oldest: %v", d)
	}
	resp, err := h.clients["operator"].ReplayDeadLetters(ctx, &deadletterv1.ReplayDeadLettersRequest{})
	if err != nil || resp.GetApplied() != 2 || resp.GetFailedSize() != 2 || resp.GetFailed()[0].GetCause() != "still broken" {
		t.Fatalf("got %v, %v", resp, err)
	}
	if len(h.applied) != 2 || h.applied[0] != "facts a" || h.applied[1] != "people c" {
		t.Errorf("applied %v", h.applied)
	}
	if len(h.recorded) != 1 || h.recorded[0].Action != "events.replay" || h.recorded[0].Details["dead_letters"] != "4" {
		t.Errorf("recorded %+v", h.recorded)
	}
	left, err := h.clients["operator"].ListDeadLetters(ctx, &deadletterv1.ListDeadLettersRequest{})
	if err != nil || left.GetTotalSize() != 2 || left.GetDeadLetters()[0].GetCause() != "still broken" {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestOnlyOperatorsSeeDeadLetters(t *testing.T) {
	h, ctx := serve(t), testkit.Context(t)
	if _, err := h.clients["clerk"].ListDeadLetters(ctx, &deadletterv1.ListDeadLettersRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a clerk lists: %v", err)
	}
	if _, err := h.clients["clerk"].ReplayDeadLetters(ctx, &deadletterv1.ReplayDeadLettersRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a clerk replays: %v", err)
	}
	if _, err := h.clients["operator"].ListDeadLetters(ctx, &deadletterv1.ListDeadLettersRequest{PageSize: 1001}); err == nil {
		t.Error("a page of 1001 is allowed")
	}
}
