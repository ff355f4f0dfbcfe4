package bus_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func broker(t *testing.T, dir string) (*bus.Bus, func()) {
	t.Helper()
	server, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: dir, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Connect(testkit.Context(t), bus.Options{Server: server, Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop := func() { once.Do(func() { b.Close(); server.Stop() }) }
	t.Cleanup(stop)
	return b, stop
}

func message(id string) bus.Message {
	return bus.Message{ID: id, Subject: "baoxue.verification.v1.outcome_changed.330106", Type: "t", Time: time.Now(), Data: []byte(id)}
}

func publish(t *testing.T, b *bus.Bus, ids ...string) uint64 {
	t.Helper()
	messages := make([]bus.Message, len(ids))
	for i, id := range ids {
		messages[i] = message(id)
	}
	sequences, err := b.Publish(testkit.Context(t), "test", messages)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Max(sequences)
}

// grave remembers what was buried.
type grave struct{ buried chan bus.Event }

func (g grave) Bury(_ context.Context, _ string, e bus.Event, _ error) error {
	g.buried <- e
	return nil
}

func consume(t *testing.T, b *bus.Bus, o bus.ConsumerOptions, handle bus.Handler) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Consume(ctx, o, handle) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameMessageIDIsStoredOnce(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	first := publish(t, b, "a")
	if again := publish(t, b, "a", "b"); again != first+1 {
		t.Fatalf("positions %d and %d: the repetition was stored", first, again)
	}
}

func TestEventsOutliveTheBroker(t *testing.T) {
	dir := t.TempDir()
	b, stop := broker(t, dir)
	publish(t, b, "a", "b")
	stop()
	b, _ = broker(t, dir)
	got := make(chan string, 2)
	consume(t, b, bus.ConsumerOptions{Durable: "d", DeadLetters: grave{}}, func(_ context.Context, events []bus.Event) error {
		for _, e := range events {
			got <- e.ID
		}
		return nil
	})
	if x, y := <-got, <-got; x != "a" || y != "b" {
		t.Fatalf("got %s, %s", x, y)
	}
}

func TestOneBadEventHoldsUpNoOtherAndIsBuried(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	var mu sync.Mutex
	applied := map[string]int{}
	g := grave{make(chan bus.Event, 1)}
	last := publish(t, b, "a", "bad", "b")
	consume(t, b, bus.ConsumerOptions{Durable: "d", DeadLetters: g, MaxTries: 2}, func(_ context.Context, events []bus.Event) error {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			if e.ID == "bad" {
				return errors.New("can't apply")
			}
		}
		for _, e := range events {
			applied[e.ID]++
		}
		return nil
	})
	ctx := testkit.Context(t)
	if e := <-g.buried; e.ID != "bad" || e.Delivered != 2 {
		t.Fatalf("buried %+v", e)
	}
	if err := b.WaitApplied(ctx, "d", last); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if applied["a"] == 0 || applied["b"] == 0 {
		t.Fatalf("applied %v", applied)
	}
}

func TestAppliedKnowsAFilteredConsumer(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	came := make(chan bus.Event, 1)
	consume(t, b, bus.ConsumerOptions{Durable: "d", Subjects: []string{"baoxue.verification.v1.>"}, DeadLetters: grave{}},
		func(_ context.Context, events []bus.Event) error {
			came <- events[0]
			return nil
		})
	publish(t, b, "a")
	// Before that nobody knows the consumer.
	<-came
	other := message("other")
	other.Subject = "baoxue.ledger.v1.entry_routed.none"
	sequences, err := b.Publish(ctx, "test", []bus.Message{other})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.WaitApplied(ctx, "d", sequences[0]); err != nil {
		t.Fatal(err)
	}
}

// A database or a service that is down for a while is no fault of the events: however often they come meanwhile,
// none is buried.
func TestWhatIsDownBuriesNothing(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	g, applied := grave{make(chan bus.Event, 10)}, make(chan bus.Event, 10)
	publish(t, b, "a", "b", "c")
	consume(t, b, bus.ConsumerOptions{Durable: "d", MaxTries: 2, DeadLetters: g}, func(_ context.Context, events []bus.Event) error {
		if events[0].Delivered <= 3 {
			return fault.New(fault.Unavailable, "UNAVAILABLE", "稍后")
		}
		for _, e := range events {
			applied <- e
		}
		return nil
	})
	for range 3 {
		select {
		case <-applied:
		case e := <-g.buried:
			t.Fatalf("%s was buried", e.ID)
		}
	}
}

func TestADeadLetterCanBeReplayed(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "dead", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, bus.Migrations, bus.MigrationsDir)
	})
	pool, err := pg.Open(ctx, dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	g := bus.Graveyard{Pool: pool}
	for i, id := range []string{"x", "y", "x"} {
		if err := g.Bury(ctx, "d", bus.Event{ID: id, Type: "t", Sequence: uint64(i + 1), Data: []byte(id)}, errors.New("why")); err != nil {
			t.Fatal(err)
		}
	}
	letters, err := g.List(ctx, 10)
	if err != nil || len(letters) != 2 || letters[0].Cause != "why" {
		t.Fatalf("letters %+v, %v", letters, err)
	}
	if first, err := g.List(ctx, 1); err != nil || len(first) != 1 || first[0].Event.ID != "x" {
		t.Fatalf("the oldest: %+v, %v", first, err)
	}
	if err := g.Bury(ctx, "another", bus.Event{ID: "x", Type: "t", Sequence: 1}, errors.New("why")); err != nil {
		t.Fatal(err)
	}
	if n, err := g.Count(ctx); err != nil || n != 3 {
		t.Errorf("%d in all, %v", n, err)
	}
	for sequence, want := range map[uint64]int{0: 0, 1: 1, 2: 2, math.MaxUint64: 2} {
		if n, err := g.CountUntil(ctx, "d", sequence); err != nil || n != want {
			t.Errorf("up to %d: %d, %v; want %d", sequence, n, err, want)
		}
	}
	still := errors.New("still not")
	for i, want := range []error{nil, still} {
		err := g.Replay(ctx, letters[i], func(_ context.Context, events []bus.Event) error {
			if events[0].ID != letters[i].Event.ID {
				t.Errorf("got %s", events[0].ID)
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("replaying %s: %v", letters[i].Event.ID, err)
		}
	}
	if letters, err = g.List(ctx, 10); err != nil || len(letters) != 2 || letters[1].Event.ID != "y" || letters[1].Cause != "still not" {
		t.Fatalf("left %+v, %v", letters, err)
	}
}

// A replay hands over every event once, in order, whatever a durable consumer has had.
func TestAReplayBeginsWithTheFirstEvent(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	if err := b.Replay(ctx, 2, func(context.Context, []bus.Event) error { return errors.New("called for an empty stream") }); err != nil {
		t.Fatal(err)
	}
	last := publish(t, b, "a", "b", "c", "d", "e")
	applied := make(chan struct{})
	consume(t, b, bus.ConsumerOptions{Durable: "d", DeadLetters: grave{}}, func(_ context.Context, events []bus.Event) error {
		if events[len(events)-1].Sequence == last {
			close(applied)
		}
		return nil
	})
	<-applied
	var got []string
	err := b.Replay(ctx, 2, func(_ context.Context, events []bus.Event) error {
		if len(events) > 2 {
			t.Errorf("%d events at once", len(events))
		}
		for _, e := range events {
			got = append(got, e.ID)
		}
		return nil
	})
	if want := []string{"a", "b", "c", "d", "e"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	// Another one goes on where it ended.
	for after, want := range map[uint64][]string{3: {"d", "e"}, last: nil} {
		got = nil
		came, err := b.ReplayAfter(ctx, after, 1, func(_ context.Context, events []bus.Event) error {
			got = append(got, events[0].ID)
			return nil
		})
		if err != nil || came != last || !slices.Equal(got, want) {
			t.Errorf("after %d: %v up to %d, %v", after, got, came, err)
		}
	}
	broken := errors.New("broken")
	if err := b.Replay(ctx, 2, func(context.Context, []bus.Event) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// What is told of a position is whether the event that was published to it is there.
func TestAnEventIsHeldAtItsPosition(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	last := publish(t, b, "a", "b")
	for _, c := range []struct {
		sequence uint64
		id       string
		held     bool
	}{{last, "b", true}, {last - 1, "a", true}, {last, "a", false}, {last + 1, "b", false}} {
		held, err := b.Holds(ctx, c.sequence, c.id)
		if err != nil || held != c.held {
			t.Errorf("%s at %d: %t, %v", c.id, c.sequence, held, err)
		}
	}
}

func TestTheNewestEventIsThatOfTheService(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	if sequence, id, err := b.Newest(ctx, "ledger"); sequence != 0 || id != "" || err != nil {
		t.Errorf("of an empty stream: %s at %d, %v", id, sequence, err)
	}
	for _, m := range []bus.Message{
		{ID: "a", Type: "t", Subject: "baoxue.ledger.v1.entry_routed.none"},
		{ID: "b", Type: "t", Subject: "baoxue.ledger.v1.entry_routed.330106"},
		{ID: "c", Type: "t", Subject: "baoxue.verification.v1.work_changed.none"},
	} {
		if _, err := b.Publish(ctx, "test", []bus.Message{m}); err != nil {
			t.Fatal(err)
		}
	}
	for service, want := range map[string]string{"ledger": "b", "verification": "c", "regionauth": ""} {
		if _, id, err := b.Newest(ctx, service); id != want || err != nil {
			t.Errorf("%s: %q, %v", service, id, err)
		}
	}
}

// Positions are what the stream has, also of a batch that was stored in part before.
func TestPublishedPositionsAreThoseOfTheStream(t *testing.T) {
	b, _ := broker(t, t.TempDir())
	ctx := testkit.Context(t)
	told := map[string]uint64{}
	for _, ids := range [][]string{{"a", "b", "c"}, {"d"}, {"c", "e"}, {"e", "d"}, {"f", "g"}} {
		messages := make([]bus.Message, len(ids))
		for i, id := range ids {
			messages[i] = message(id)
		}
		sequences, err := b.Publish(ctx, "test", messages)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if before, ok := told[id]; ok && before != sequences[i] {
				t.Errorf("%s is at %d, before that at %d", id, sequences[i], before)
			}
			told[id] = sequences[i]
		}
	}
	stored := map[string]uint64{}
	if err := b.Replay(ctx, 2, func(_ context.Context, events []bus.Event) error {
		for _, e := range events {
			stored[e.ID] = e.Sequence
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(told, stored) || len(stored) != 7 {
		t.Errorf("told %v, stored %v", told, stored)
	}
}
