package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/pg"
)

// Publisher is the part of the bus that the relay needs.
type Publisher interface {
	Publish(ctx context.Context, source string, messages []bus.Message) ([]uint64, error)
	// Holds reports whether the event published to a position is still there.
	Holds(ctx context.Context, sequence uint64, id string) (bool, error)
	// Newest returns position and id of the newest event of a service; zero when there is none.
	Newest(ctx context.Context, service string) (sequence uint64, id string, err error)
	// Reconnects counts how often the broker was lost and found again: it may be another one then.
	Reconnects() uint64
}

// Relay carries committed outbox rows to the stream. Any number may run: an
// advisory lock lets one work at a time, so that an entry's events keep their
// order.
type Relay struct {
	pool      *pgxpool.Pool
	publisher Publisher
	service   string
	log       *slog.Logger
	wake      chan struct{}
	keep      time.Duration
	// compared says that database and stream were compared since the broker was lost the last time,
	// after so many reconnects, and ahead what came of it: the stream has events of this service that
	// the database does not know.
	compared, ahead bool
	reconnects      uint64
}

const (
	batchSize = 500
	// Someone else's commit is seen after this long, and after seldom at the latest.
	pollInterval = 250 * time.Millisecond
	// A look that finds nothing passes by the rows of whoever has not committed yet, and an import has
	// three hundred thousand: looks for nothing are to take no more than a part in so many of the time.
	looksCost  = 50
	seldom     = 2 * time.Second
	errorPause = time.Second
	// What is committed within it after a word of a commit goes with it: a transaction and a
	// wait for two disks for each save alone would cost more than the save, here and once more
	// with everybody who consumes the events.
	lull = 100 * time.Millisecond
	// Published rows are kept this long, so that what a broker lost in a crash
	// can be published again.
	keepPublished = 48 * time.Hour
	// Any constant that nobody else uses in this database.
	relayLock = 0x6F7574626F78
)

// NewRelay returns a relay for a service's outbox.
func NewRelay(pool *pgxpool.Pool, publisher Publisher, service string, log *slog.Logger) *Relay {
	return &Relay{pool: pool, publisher: publisher, service: service, log: log, wake: make(chan struct{}, 1), keep: keepPublished}
}

// Wake tells the relay that something was committed, to publish it at once.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run relays until the context ends.
func (r *Relay) Run(ctx context.Context) error {
	purge := time.NewTicker(time.Hour)
	defer purge.Stop()
	for ctx.Err() == nil {
		begin := time.Now()
		n, err := r.relayOnce(ctx)
		wait := pollInterval
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			r.log.WarnContext(ctx, "events not published, will be tried again", "error", err)
			wait = errorPause
		case n == batchSize:
			continue
		case n == 0:
			wait = untilNextLook(time.Since(begin))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.wake:
			rest(ctx, lull)
		case <-timer.C:
		case <-purge.C:
			if err := r.purge(ctx); err != nil {
				r.log.WarnContext(ctx, "published events not purged", "error", err)
			}
		}
		timer.Stop()
	}
	return nil
}

// untilNextLook is the wait after a look that found nothing.
func untilNextLook(took time.Duration) time.Duration {
	return min(max(pollInterval, looksCost*took), seldom)
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// relayOnce publishes one batch and marks what the broker acknowledged. A crash
// between the two publishes the batch again under the same message ids, which
// broker and consumers recognise.
func (r *Relay) relayOnce(ctx context.Context) (published int, err error) {
	if reconnects := r.publisher.Reconnects(); !r.compared || reconnects != r.reconnects {
		if err := r.compare(ctx); err != nil {
			return 0, fmt.Errorf("outbox: comparing with the event stream: %w", err)
		}
		r.compared, r.reconnects = true, reconnects
	}
	if r.ahead {
		return 0, nil
	}
	// Each batch is tried again as a whole anyway, under the same ids.
	options := pg.TxOptions{Local: pg.ByKey, MaxAttempts: 1}
	var failure error
	published, err = pg.InTxValueOptions(ctx, r.pool, options, func(tx pgx.Tx) (n int, err error) {
		n, failure, err = r.publishUnsent(ctx, tx)
		return n, err
	})
	if err != nil {
		err = fmt.Errorf("outbox: %w", err)
	}
	return published, errors.Join(failure, err)
}

// publishUnsent returns how many were published and are marked; failure is why not all were. With an
// error nothing is to be marked.
func (r *Relay) publishUnsent(ctx context.Context, tx pgx.Tx) (published int, failure, err error) {
	var leader bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(relayLock)).Scan(&leader); err != nil || !leader {
		return 0, nil, err
	}
	ids, messages, err := unsent(ctx, tx)
	if err != nil || len(messages) == 0 {
		return 0, nil, err
	}
	sequences, failure := r.publisher.Publish(ctx, r.service, messages)
	if r.publisher.Reconnects() != r.reconnects {
		// It may have gone to a stream that was not compared. Published again under its id it changes
		// nothing.
		return 0, failure, errReconnected
	}
	var sentIDs, sentAt []int64
	for i, sequence := range sequences {
		if sequence > 0 {
			sentIDs, sentAt = append(sentIDs, ids[i]), append(sentAt, int64(sequence))
		}
	}
	return len(sentIDs), failure, markPublished(ctx, tx, sentIDs, sentAt)
}

// unsent are the oldest events that were not published, with their rows' ids.
func unsent(ctx context.Context, tx pgx.Tx) (ids []int64, messages []bus.Message, err error) {
	rows, err := tx.Query(ctx, `SELECT id, event_id::text, event_type, subject, payload, occurred_at
		FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1`, batchSize)
	if err != nil {
		return nil, nil, err
	}
	messages, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (bus.Message, error) {
		var m bus.Message
		var id int64
		err := row.Scan(&id, &m.ID, &m.Type, &m.Subject, &m.Data, &m.Time)
		ids = append(ids, id)
		return m, err
	})
	return ids, messages, err
}

var errReconnected = errors.New("the event stream was lost and found again meanwhile")

func markPublished(ctx context.Context, tx pgx.Tx, ids, sequences []int64) error {
	// Each is found by its id, whatever the planner believes: joined, all that is unsent would be read for
	// every batch, after an import three hundred thousand.
	const mark = `
		WITH sent AS (
			UPDATE outbox o SET published_at = clock_timestamp(), sequence = s.sequence
			FROM unnest($1::bigint[], $2::bigint[]) AS s (id, sequence)
			CROSS JOIN LATERAL (SELECT u.ctid FROM outbox u WHERE u.id = s.id AND u.published_at IS NULL LIMIT 1) AS found
			WHERE o.ctid = found.ctid
			RETURNING o.sequence)
		UPDATE outbox_position p SET sequence = greatest(p.sequence, (SELECT max(sequence) FROM sent))
		WHERE EXISTS (SELECT FROM sent)`
	if _, err := tx.Exec(ctx, mark, ids, sequences); err != nil {
		return fmt.Errorf("marking as published: %w", err)
	}
	return nil
}

func (r *Relay) purge(ctx context.Context) error {
	const purge = `DELETE FROM outbox WHERE published_at < now() - make_interval(secs => $1)`
	_, err := r.pool.Exec(ctx, purge, r.keep.Seconds())
	return err
}
