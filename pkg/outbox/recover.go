package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A broker that is restored from a copy, or began anew, is noticed this soon.
const checkInterval = time.Minute

// published is an event as it was acknowledged.
type published struct {
	ID       string
	Sequence int64
	At       time.Time
}

// recoverLost looks whether the stream still has the newest event that it acknowledged. If not,
// all that came after the last one it has are published again, under their own ids.
func (r *Relay) recoverLost(ctx context.Context) error {
	var lost []published
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		if leads, err := lead(ctx, tx); err != nil || !leads {
			return err
		}
		newest, err := kept(ctx, tx, "ORDER BY published_at DESC LIMIT 1")
		if err != nil || len(newest) == 0 {
			return err
		}
		if held, err := r.publisher.Holds(ctx, uint64(newest[0].Sequence), newest[0].ID); err != nil || held {
			return err
		}
		if lost, err = r.lost(ctx, tx); err != nil || len(lost) == 0 {
			return err
		}
		return unmark(ctx, tx, lost[0].Sequence)
	})
	if err == nil && len(lost) > 0 {
		r.log.ErrorContext(ctx, "the event stream has lost what it acknowledged, it is published again", "service", r.service,
			"events", len(lost), "since", lost[0].At, "first_position", lost[0].Sequence)
	}
	return err
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
			"service", r.service, "kept_since", all[0].At)
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
