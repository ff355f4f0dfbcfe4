package pg

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OneQuery runs single queries, each in a transaction of its own with settings that hold
// for it; all are one round trip.
type OneQuery struct {
	// Pool is for OneQuery alone. Its sessions keep the settings of their last query, so that the next
	// with the same does not send them: that is a third of what PostgreSQL does for a look by key.
	Pool     *pgxpool.Pool
	Settings []Setting
}

// Query sends the query, and with it what settings the session has otherwise.
func (o OneQuery) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := o.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin query: %w", err)
	}
	has := kept(conn)
	if slices.Equal(has, o.Settings) {
		rows, err := conn.Query(ctx, sql, args...)
		if err != nil {
			conn.Release()
			return nil, err
		}
		return &lastRows{Rows: rows, end: func(error) { conn.Release() }}, nil
	}
	// Without a begin of their own the statements up to the batch's end are one
	// transaction.
	keep := slices.Clone(o.Settings)
	return queryLast(ctx, conn, o.settle(has), sql, args, func(err error) {
		if err == nil {
			conn.Conn().PgConn().CustomData()[keptSettings] = keep
		}
		conn.Release()
	})
}

// settle makes the settings, in a session that has others.
func (o OneQuery) settle(has []Setting) *pgx.Batch {
	batch := &pgx.Batch{}
	for _, s := range has {
		// Not all of them: the session has others that are its own.
		if !o.sets(s.Name) {
			batch.Queue("RESET " + s.quoted())
		}
	}
	queueSettings(batch, o.Settings, false)
	return batch
}

func (o OneQuery) sets(name string) bool {
	return slices.ContainsFunc(o.Settings, func(s Setting) bool { return s.Name == name })
}

// keptSettings is where a session's own are written down.
const keptSettings = "baoxue kept settings"

// kept are the settings of a session from its last query. A transaction that failed took back what it
// had set, and left what was there before.
func kept(conn *pgxpool.Conn) []Setting {
	has, _ := conn.Conn().PgConn().CustomData()[keptSettings].([]Setting)
	return has
}

// QueryRow is Query for one row; what went wrong comes from Scan, pgx.ErrNoRows among it.
func (o OneQuery) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := o.Query(ctx, sql, args...)
	return oneRow{rows, err}
}
