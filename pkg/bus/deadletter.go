package bus

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Migrations holds the tables of this package, in the folder MigrationsDir.
//
//go:embed dead_letters/*.sql
var Migrations embed.FS

// MigrationsDir is the folder of Migrations.
const MigrationsDir = "dead_letters"

// Graveyard keeps dead letters in a service's own database.
type Graveyard struct{ Pool *pgxpool.Pool }

// Bury implements DeadLetters. Burying the same event again changes nothing.
func (g Graveyard) Bury(ctx context.Context, consumer string, e Event, cause error) error {
	const insert = `INSERT INTO dead_letters (consumer, event_id, event_type, subject, sequence, payload, cause)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`
	// A message without fields has no bytes, which is not the same as having no payload.
	payload := append([]byte{}, e.Data...)
	_, err := g.Pool.Exec(ctx, insert, consumer, e.ID, e.Type, e.Subject, int64(e.Sequence), payload, cause.Error())
	if err != nil {
		return fmt.Errorf("burying event %s: %w", e.ID, err)
	}
	return nil
}

// DeadLetter is a buried event.
type DeadLetter struct {
	Consumer string
	Event    Event
	Cause    string
	BuriedAt time.Time
}

// List returns the oldest dead letters, at most most of them, in the stream's order.
func (g Graveyard) List(ctx context.Context, most int) ([]DeadLetter, error) {
	const query = `SELECT consumer, event_id, event_type, subject, sequence, payload, cause, buried_at
		FROM dead_letters ORDER BY sequence, consumer LIMIT $1`
	rows, err := g.Pool.Query(ctx, query, most)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (DeadLetter, error) {
		var d DeadLetter
		var sequence int64
		err := row.Scan(&d.Consumer, &d.Event.ID, &d.Event.Type, &d.Event.Subject, &sequence, &d.Event.Data, &d.Cause, &d.BuriedAt)
		d.Event.Sequence = uint64(sequence)
		return d, err
	})
}

// Count counts all of them.
func (g Graveyard) Count(ctx context.Context) (int, error) {
	return g.count(ctx, `SELECT count(*) FROM dead_letters`)
}

// CountByConsumer counts those of each consumer that has some.
func (g Graveyard) CountByConsumer(ctx context.Context) (map[string]int, error) {
	rows, err := g.Pool.Query(ctx, `SELECT consumer, count(*) FROM dead_letters GROUP BY consumer`)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	counts := map[string]int{}
	var consumer string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&consumer, &n}, func() error {
		counts[consumer] = n
		return nil
	}); err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	return counts, nil
}

// CountUntil counts those of a consumer up to a position.
func (g Graveyard) CountUntil(ctx context.Context, consumer string, sequence uint64) (int, error) {
	return g.count(ctx, `SELECT count(*) FROM dead_letters WHERE consumer = $1 AND sequence <= $2`, consumer, int64(min(sequence, math.MaxInt64)))
}

func (g Graveyard) count(ctx context.Context, query string, args ...any) (n int, err error) {
	if err := g.Pool.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("dead letters: %w", err)
	}
	return n, nil
}

// Replay gives a dead letter to its consumer's handler once more and removes it when it
// could be applied; otherwise it keeps why not.
func (g Graveyard) Replay(ctx context.Context, d DeadLetter, handle Handler) error {
	if failure := handle(ctx, []Event{d.Event}); failure != nil {
		const keep = `UPDATE dead_letters SET cause = $3 WHERE consumer = $1 AND event_id = $2`
		_, err := g.Pool.Exec(ctx, keep, d.Consumer, d.Event.ID, failure.Error())
		return errors.Join(failure, err)
	}
	const remove = `DELETE FROM dead_letters WHERE consumer = $1 AND event_id = $2`
	if _, err := g.Pool.Exec(ctx, remove, d.Consumer, d.Event.ID); err != nil {
		return fmt.Errorf("removing dead letter %s: %w", d.Event.ID, err)
	}
	return nil
}
