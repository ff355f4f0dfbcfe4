// Package outbox publishes events exactly when their transaction commits: a row
// is written beside the change, and a relay carries committed rows to the stream.
package outbox

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/pg"
)

// Migrations holds the tables of this package, in the folder MigrationsDir.
//
//go:embed outbox/*.sql
var Migrations embed.FS

// MigrationsDir is the folder of Migrations.
const MigrationsDir = "outbox"

// Event is what happened, ready to be appended.
type Event struct {
	// Service, Name and Region make the subject: baoxue.<service>.v1.<name>.<region>.
	Service, Name string
	// Region is a county code; empty is written as "none".
	Region string
	Time   time.Time
	Body   proto.Message
}

func (e Event) subject() string {
	region := e.Region
	if region == "" {
		region = "none"
	}
	return fmt.Sprintf("baoxue.%s.v1.%s.%s", e.Service, e.Name, region)
}

// Append writes the event in the caller's transaction.
func Append(ctx context.Context, tx pg.Tx, e Event) error {
	return AppendAll(ctx, tx, []Event{e})
}

// AppendAll writes many events with one statement.
func AppendAll(ctx context.Context, tx pg.Tx, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	// The driver knows how to encode this type by itself, and asks the other's own method.
	ids := make([][16]byte, len(events))
	types := make([]string, len(events))
	subjects := make([]string, len(events))
	payloads := make([][]byte, len(events))
	times := make([]time.Time, len(events))
	for i, e := range events {
		payload, err := proto.Marshal(e.Body)
		if err != nil {
			return fmt.Errorf("outbox: %s: %w", e.Name, err)
		}
		ids[i], types[i] = uuid.New(), string(e.Body.ProtoReflect().Descriptor().FullName())
		subjects[i], payloads[i], times[i] = e.subject(), payload, e.Time
	}
	const insert = `INSERT INTO outbox (event_id, event_type, subject, payload, occurred_at)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])`
	if _, err := tx.Exec(ctx, insert, ids, types, subjects, payloads, times); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}
