package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// published is an event as it was acknowledged.
type published struct {
	ID       string
	Sequence int64
	At       time.Time
}

// compare looks whether database and stream are of one history: after a restore of one of them
// they may not be. It waits for whoever publishes: what is published after a restore and before the
// comparison would hide what was lost.
func (r *Relay) compare(ctx context.Context) error {
	var lost []published
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(relayLock)); err != nil {
			return err
		}
		if r.ahead, err = r.isAhead(ctx, tx); err != nil || r.ahead {
			return err
		}
		lost, err = r.recoverLost(ctx, tx)
		return err
	})
	if err == nil && len(lost) > 0 {
		r.log.ErrorContext(ctx, "the event stream has lost what it acknowledged, it is published again",
			"events", len(lost), "since", lost[0].At, "first_position", lost[0].Sequence)
	}
	return err
}

// isAhead tells whether the stream has an event of this service that the database has never
// published: the database comes from an older copy. What is published then could tell otherwise
// than the stream does of the same change.
func (r *Relay) isAhead(ctx context.Context, tx pgx.Tx) (bool, error) {
	newest, id, err := r.publisher.Newest(ctx, r.service)
	if err != nil || newest == 0 {
		return false, err
	}
	// One that was published and not marked, because the relay died between, is still to be.
	const known = `SELECT p.sequence >= $1 OR EXISTS (SELECT FROM outbox WHERE published_at IS NULL AND event_id::text = $2) FROM outbox_position p`
	var knows bool
	if err := tx.QueryRow(ctx, known, int64(newest), id).Scan(&knows); err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	if !knows {
		r.log.ErrorContext(ctx, "the event stream is ahead of this database, which comes from an older copy; nothing is published until the "+
			"stream is restored from one that is not newer", "position", newest, "event_id", id)
	}
	return !knows, nil
}

// recoverLost makes unpublished what the stream lost, if it has not the newest event that it
// acknowledged: all that came after the last one that it has is published again, under its own id.
func (r *Relay) recoverLost(ctx context.Context, tx pgx.Tx) ([]published, error) {
	newest, err := kept(ctx, tx, "ORDER BY published_at DESC LIMIT 1")
	if err != nil || len(newest) == 0 {
		return nil, err
	}
	if held, err := r.publisher.Holds(ctx, uint64(newest[0].Sequence), newest[0].ID); err != nil || held {
		return nil, err
	}
	lost, err := r.lost(ctx, tx)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	return lost, unmark(ctx, tx, lost[0].Sequence)
}

// kept are events that were published and are still here.
func kept(ctx context.Context, tx pgx.Tx, order string) ([]published, error) {
	rows, err := tx.Query(ctx, `SELECT event_id::text, sequence, published_at FROM outbox WHERE published_at IS NOT NULL `+order)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[published])
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return events, nil
}

// lost are the published events that the stream does not have: those after the last that it has.
func (r *Relay) lost(ctx context.Context, tx pgx.Tx) ([]published, error) {
	all, err := kept(ctx, tx, "ORDER BY sequence")
	if err != nil {
		return nil, err
	}
	from, to := 0, len(all)
	for from < to {
		middle := (from + to) / 2
		held, err := r.publisher.Holds(ctx, uint64(all[middle].Sequence), all[middle].ID)
		if err != nil {
			return nil, err
		}
		if held {
			from = middle + 1
		} else {
			to = middle
		}
	}
	if from == 0 && len(all) > 0 {
		// Nobody keeps what was published earlier, and the stream can lack it, too.
		r.log.ErrorContext(ctx, "the event stream has none of the events that are kept; if it lacks earlier ones, restore it from a copy",
			"kept_since", all[0].At)
	}
	return all[from:], nil
}

// unmark makes what is at a position or later unpublished.
func unmark(ctx context.Context, tx pgx.Tx, first int64) error {
	const again = `
		WITH lost AS (UPDATE outbox SET published_at = NULL, sequence = NULL WHERE published_at IS NOT NULL AND sequence >= $1)
		UPDATE outbox_position SET sequence = least(sequence, $1 - 1)`
	if _, err := tx.Exec(ctx, again, first); err != nil {
		return fmt.Errorf("outbox: marking as lost: %w", err)
	}
	return nil
}
