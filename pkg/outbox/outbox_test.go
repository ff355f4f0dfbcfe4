package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func database(t *testing.T) *pgxpool.Pool {
	t.Helper()
	dsn := testkit.Database(t, "outbox", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, outbox.Migrations, outbox.MigrationsDir)
	})
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// stream is a publisher that remembers, and tells when something arrives.
type stream struct {
	mu      sync.Mutex
	entries []string
	ids     []string
	fail    error
	arrived chan struct{}
	// restored counts how often it went back.
	restored uint64
}

func newStream() *stream { return &stream{arrived: make(chan struct{}, 1000)} }

func (s *stream) Publish(_ context.Context, _ string, messages []bus.Message) ([]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sequences := make([]uint64, len(messages))
	for i, m := range messages {
		if s.fail != nil {
			return sequences, s.fail
		}
		var e eventv1.OutcomeChanged
		if err := proto.Unmarshal(m.Data, &e); err != nil {
			return sequences, err
		}
		s.entries, s.ids = append(s.entries, e.GetEntryId()), append(s.ids, m.ID)
		sequences[i] = uint64(len(s.entries))
		s.arrived <- struct{}{}
	}
	return sequences, nil
}

// Holds implements outbox.Publisher.
func (s *stream) Holds(_ context.Context, sequence uint64, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sequence <= uint64(len(s.ids)) && s.ids[sequence-1] == id, nil
}

// Newest implements outbox.Publisher.
func (s *stream) Newest(context.Context, string) (uint64, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.ids) - 1; i >= 0; i-- {
		if s.ids[i] != "other" {
			return uint64(i + 1), s.ids[i], nil
		}
	}
	return 0, "", nil
}

// Reconnects implements outbox.Publisher.
func (s *stream) Reconnects() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restored
}

// restore goes back to what the stream had after n events; then another service publishes others.
func (s *stream) restore(n, others int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restored++
	s.entries, s.ids = s.entries[:n:n], s.ids[:n:n]
	for range others {
		s.entries, s.ids = append(s.entries, "other"), append(s.ids, "other")
	}
}

func (s *stream) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.entries)
}

func run(t *testing.T, pool *pgxpool.Pool, p outbox.Publisher) (relay *outbox.Relay, stop func()) {
	t.Helper()
	relay = outbox.NewRelay(pool, p, "test", quiet)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return relay, stop
}

func appendEvent(ctx context.Context, t *testing.T, tx pgx.Tx, entry string) {
	t.Helper()
	err := outbox.Append(ctx, tx, outbox.Event{
		Service: "verification", Name: "outcome_changed", Region: "330106", Time: time.Now(), Body: &eventv1.OutcomeChanged{EntryId: entry},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func begin(ctx context.Context, t *testing.T, pool *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Error(err)
		}
	})
	return tx
}

func commit(ctx context.Context, t *testing.T, tx pgx.Tx) {
	t.Helper()
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

func wait(ctx context.Context, t *testing.T, s *stream, n int) {
	t.Helper()
	for range n {
		select {
		case <-s.arrived:
		case <-ctx.Done():
			t.Fatalf("waiting for an event, got only %v", s.got())
		}
	}
}

// Ids are given out before commit: the first transaction takes the lower id and
// commits last. A relay that pages by id would skip it for ever.
func TestTheGapOfSerialIDsLosesNothing(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	slow, fast := begin(ctx, t, pool), begin(ctx, t, pool)
	appendEvent(ctx, t, slow, "slow")
	appendEvent(ctx, t, fast, "fast")
	commit(ctx, t, fast)
	relay, _ := run(t, pool, s)
	wait(ctx, t, s, 1)
	if got := s.got(); !slices.Equal(got, []string{"fast"}) {
		t.Fatalf("got %v", got)
	}
	commit(ctx, t, slow)
	relay.Wake()
	wait(ctx, t, s, 1)
	if got := s.got(); !slices.Equal(got, []string{"fast", "slow"}) {
		t.Fatalf("got %v", got)
	}
}

func TestNothingIsPublishedBeforeCommitNorAfterRollback(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	run(t, pool, s)
	undone, done := begin(ctx, t, pool), begin(ctx, t, pool)
	appendEvent(ctx, t, undone, "undone")
	appendEvent(ctx, t, done, "done")
	if err := undone.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	commit(ctx, t, done)
	wait(ctx, t, s, 1)
	if got := s.got(); !slices.Equal(got, []string{"done"}) {
		t.Fatalf("got %v", got)
	}
}

// dying publishes, and then the relay is gone before it can mark.
type dying struct {
	*stream
	kill context.CancelFunc
}

func (d dying) Publish(ctx context.Context, source string, messages []bus.Message) ([]uint64, error) {
	sequences, err := d.stream.Publish(ctx, source, messages)
	d.kill()
	return sequences, err
}

func TestARelayKilledBetweenPublishAndMarkPublishesTheSameIDAgain(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	tx := begin(ctx, t, pool)
	appendEvent(ctx, t, tx, "once")
	commit(ctx, t, tx)

	killed, kill := context.WithCancel(ctx)
	if err := outbox.NewRelay(pool, dying{s, kill}, "test", quiet).Run(killed); err != nil {
		t.Fatal(err)
	}
	wait(ctx, t, s, 1)
	run(t, pool, s)
	wait(ctx, t, s, 1)
	if s.ids[0] != s.ids[1] {
		t.Fatalf("message ids %v: neither the broker nor a consumer can recognise the repetition", s.ids)
	}
}

func TestABrokerThatRefusesLosesNothing(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	tx := begin(ctx, t, pool)
	appendEvent(ctx, t, tx, "kept")
	commit(ctx, t, tx)
	s.fail = errors.New("no broker")
	relay, stop := run(t, pool, s)
	relay.Wake()
	stop()
	s.fail = nil
	run(t, pool, s)
	wait(ctx, t, s, 1)
}

func TestTwoRelaysPublishOnce(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	run(t, pool, s)
	run(t, pool, s)
	const events = 300
	tx := begin(ctx, t, pool)
	for range events {
		appendEvent(ctx, t, tx, "x")
	}
	commit(ctx, t, tx)
	relay, _ := run(t, pool, s)
	wait(ctx, t, s, events)
	if _, _, err := relay.Barrier(ctx); err != nil {
		t.Fatal(err)
	}
	if got := len(s.got()); got != events {
		t.Fatalf("%d events published, want %d", got, events)
	}
}

func TestTheBarrierWaitsForAnOpenTransaction(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	relay, _ := run(t, pool, s)
	open := begin(ctx, t, pool)
	appendEvent(ctx, t, open, "before")

	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, _, err := relay.Barrier(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the barrier passed a transaction that was open before it: %v", err)
	}
	type answer struct {
		sequence uint64
		err      error
	}
	passed := make(chan answer, 1)
	go func() {
		sequence, _, err := relay.Barrier(ctx)
		passed <- answer{sequence, err}
	}()
	commit(ctx, t, open)
	if a := <-passed; a.err != nil || a.sequence != 1 {
		t.Fatalf("got %+v", a)
	}
}

// What begins after the barrier is not waited for: a busy system could never
// close a month otherwise.
func TestTheBarrierDoesNotWaitForWhatComesAfter(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	relay, _ := run(t, pool, s)
	before := time.Now().Add(-time.Minute)
	_, asOf, err := relay.Barrier(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if asOf.Before(before) {
		t.Fatalf("as of %s", asOf)
	}
	later := begin(ctx, t, pool)
	appendEvent(ctx, t, later, "later")
	var at time.Time
	if err := later.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	if at.Before(asOf) {
		t.Fatal("an event that the barrier did not wait for happened before it")
	}
}

// A broker that is restored from a copy has less than it acknowledged, and then others' events in
// their places: what it lost is published again, in its order, and nothing else.
func TestWhatTheBrokerLostIsPublishedAgain(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := pool.Exec(ctx, "TRUNCATE outbox; UPDATE outbox_position SET sequence = 0"); err != nil {
			rt.Fatal(err)
		}
		s := newStream()
		// Services are started again after a restore, or they are not.
		var relay *outbox.Relay
		running, stop := rapid.Bool().Draw(rt, "running"), func() {}
		defer func() { stop() }()
		// publish relays some more events, and waits for so many to arrive.
		publish := func(from, to, arriving int) {
			tx := begin(ctx, t, pool)
			for n := from; n < to; n++ {
				appendEvent(ctx, t, tx, strconv.Itoa(n))
			}
			commit(ctx, t, tx)
			if relay == nil || !running {
				stop()
				relay, stop = run(t, pool, s)
			}
			wait(ctx, t, s, arriving)
			if position, _, err := relay.Barrier(ctx); err != nil || position > uint64(len(s.got())) {
				rt.Errorf("the newest is at %d, %v", position, err)
			}
		}
		all := rapid.IntRange(1, 20).Draw(rt, "published")
		publish(0, all, all)
		before := s.got()
		left, others, more := rapid.IntRange(0, all-1).Draw(rt, "left"), rapid.IntRange(0, 30).Draw(rt, "others"), rapid.IntRange(0, 3).Draw(rt, "more")
		s.restore(left, others)
		publish(all, all+more, all-left+more)
		want := slices.Concat(before[:left], slices.Repeat([]string{"other"}, others), before[left:])
		for n := range more {
			want = append(want, strconv.Itoa(all+n))
		}
		if got := s.got(); !slices.Equal(got, want) {
			rt.Errorf("of %d with %d left and %d others: %v, want %v", all, left, others, got, want)
		}
	})
}

// losing is a broker that is lost while something is on its way, and comes back with one event.
type losing struct {
	*stream
	once *sync.Once
}

func (l losing) Publish(ctx context.Context, source string, messages []bus.Message) ([]uint64, error) {
	l.once.Do(func() { l.restore(1, 0) })
	return l.stream.Publish(ctx, source, messages)
}

// What arrives at a broker that came back with less must not hide what it lost.
func TestWhatIsOnItsWayHidesNoLoss(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	tx := begin(ctx, t, pool)
	appendEvent(ctx, t, tx, "kept")
	appendEvent(ctx, t, tx, "lost")
	commit(ctx, t, tx)
	relay, stop := run(t, pool, s)
	if _, _, err := relay.Barrier(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	tx = begin(ctx, t, pool)
	appendEvent(ctx, t, tx, "on its way")
	commit(ctx, t, tx)
	relay, _ = run(t, pool, losing{s, &sync.Once{}})
	if _, _, err := relay.Barrier(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.got(); !slices.Equal(got, []string{"kept", "on its way", "lost", "on its way"}) {
		t.Errorf("published %v", got)
	}
}

// A database that is restored from an older copy than the stream's would tell otherwise of what the
// stream has already: nothing is published until the stream is restored, too.
func TestADatabaseOlderThanTheStreamPublishesNothing(t *testing.T) {
	ctx, pool, s := testkit.Context(t), database(t), newStream()
	save := func(entry string) {
		tx := begin(ctx, t, pool)
		appendEvent(ctx, t, tx, entry)
		commit(ctx, t, tx)
	}
	publish := func(entry string) error {
		save(entry)
		relay, stop := run(t, pool, s)
		defer stop()
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _, err := relay.Barrier(short)
		return err
	}
	if err := publish("old"); err != nil {
		t.Fatal(err)
	}
	const copied = "CREATE TABLE %[1]s_copy AS SELECT * FROM %[1]s"
	const restored = "TRUNCATE %[1]s; INSERT INTO %[1]s OVERRIDING SYSTEM VALUE SELECT * FROM %[1]s_copy"
	each := func(statement string) {
		for _, table := range []string{"outbox", "outbox_position"} {
			if _, err := pool.Exec(ctx, fmt.Sprintf(statement, table)); err != nil {
				t.Fatal(err)
			}
		}
	}
	each(copied)
	if err := publish("forgotten"); err != nil {
		t.Fatal(err)
	}
	each(restored)
	if err := publish("otherwise"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a close goes on: %v", err)
	}
	if got := s.got(); !slices.Equal(got, []string{"old", "forgotten"}) {
		t.Errorf("published %v", got)
	}
	s.restore(1, 0)
	if err := publish("more"); err != nil {
		t.Fatal(err)
	}
	if got := s.got(); !slices.Equal(got, []string{"old", "otherwise", "more"}) {
		t.Errorf("published %v", got)
	}
}
