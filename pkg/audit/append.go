package audit

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"baoxue.internal/pkg/pg"
)

// Migrations holds the tables of this package, in the folder MigrationsDir.
//
//go:embed audit/*.sql
var Migrations embed.FS

// MigrationsDir is the folder of Migrations.
const MigrationsDir = "audit"

// executor is what a statement runs on.
type executor interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

// Append writes a record in the caller's transaction.
func Append(ctx context.Context, tx pg.Tx, r Record) error {
	return write(ctx, tx, []Record{r})
}

// AppendAll writes many records with one statement.
func AppendAll(ctx context.Context, tx pg.Tx, records []Record) error {
	return write(ctx, tx, records)
}

// AppendNow writes a record of what changes nothing and so has no transaction: a
// refusal, a reading. It is committed when AppendNow returns.
func AppendNow(ctx context.Context, pool executor, r Record) error {
	return write(ctx, pool, []Record{r})
}

func write(ctx context.Context, db executor, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	n := len(records)
	ids, times, outcomes := make([]uuid.UUID, n), make([]time.Time, n), make([]int16, n)
	texts := make([][]string, 10)
	for i := range texts {
		texts[i] = make([]string, n)
	}
	for i, given := range records {
		r, err := given.complete(ctx)
		if err != nil {
			return err
		}
		details, err := r.detailsJSON()
		if err != nil {
			return fmt.Errorf("audit: %s: %w", r.Action, err)
		}
		if ids[i], err = uuid.NewV7(); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		times[i], outcomes[i] = r.Time, int16(r.Outcome)
		for column, text := range []string{
			r.ActorID, r.ActorName, r.Address, r.Action, r.ResourceType, r.ResourceID, r.Region, r.Reason, r.RequestID, details,
		} {
			texts[column][i] = text
		}
	}
	const insert = `INSERT INTO audit_records (id, occurred_at, outcome,
			actor_id, actor_name, address, action, resource_type, resource_id, region_code, reason, request_id, details)
		SELECT id, occurred_at, outcome,
			actor_id, actor_name, address, action, resource_type, resource_id, region_code, reason, request_id, details::jsonb
		FROM unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
			$9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
			AS r (id, occurred_at, outcome, actor_id, actor_name, address, action, resource_type, resource_id, region_code, reason,
				request_id, details)`
	_, err := db.Exec(ctx, insert, ids, times, outcomes, texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], texts[7],
		texts[8], texts[9])
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}
