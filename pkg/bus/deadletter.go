package bus

import (
	"context"
	"embed"
	"fmt"
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
	_, err := g.Pool.Exec(ctx, insert, consumer, e.ID, e.Type, e.Subject, int64(e.Sequence), e.Data, cause.Error())
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

// List returns the dead letters, oldest first.
func (g Graveyard) List(ctx context.Context) ([]DeadLetter, error) {
	const query = `SELECT consumer, event_id, event_type, subject, sequence, payload, cause, buried_at
		FROM dead_letters ORDER BY buried_at, event_id`
	rows, err := g.Pool.Query(ctx, query)
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

// Replay gives the consumer's dead letters to the handler once more and removes
// those that it could apply. It returns how many, and the first failure.
func (g Graveyard) Replay(ctx context.Context, consumer string, handle Handler) (applied int, err error) {
	letters, err := g.List(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range letters {
		if d.Consumer != consumer {
			continue
		}
		if failure := handle(ctx, []Event{d.Event}); failure != nil {
			if err == nil {
				err = fmt.Errorf("event %s: %w", d.Event.ID, failure)
			}
			continue
		}
		const remove = `DELETE FROM dead_letters WHERE consumer = $1 AND event_id = $2`
		if _, failure := g.Pool.Exec(ctx, remove, consumer, d.Event.ID); failure != nil {
			return applied, fmt.Errorf("removing dead letter %s: %w", d.Event.ID, failure)
		}
		applied++
	}
	return applied, err
}
