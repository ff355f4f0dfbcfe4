package pg

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
		return &oneQueryRows{Rows: rows, conn: conn}, nil
	}
	// Without a begin of their own the statements up to the batch's end are one
	// transaction.
	batch := o.settle(has)
	before := batch.Len()
	batch.Queue(sql, args...)
	results := conn.SendBatch(ctx, batch)
	for range before {
		// An error comes again from the query, which is then not run.
		_, _ = results.Exec()
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		conn.Release()
		return nil, err
	}
	return &oneQueryRows{Rows: rows, results: results, conn: conn, keep: slices.Clone(o.Settings)}, nil
}

// settle makes the settings, in a session that has others.
func (o OneQuery) settle(has []Setting) *pgx.Batch {
	batch := &pgx.Batch{}
	if slices.ContainsFunc(has, func(s Setting) bool { return !o.sets(s.Name) }) {
		batch.Queue("RESET ALL")
	}
	if len(o.Settings) > 0 {
		args := make([]any, 0, 2*len(o.Settings))
		for _, s := range o.Settings {
			args = append(args, s.Name, s.Value)
		}
		batch.Queue(settings(len(o.Settings)), args...)
	}
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

// fewSettings are the statements that make so many settings at once, each prepared once.
var fewSettings = [...]string{1: settingsOf(1), 2: settingsOf(2), 3: settingsOf(3), 4: settingsOf(4)}

func settings(n int) string {
	if n < len(fewSettings) {
		return fewSettings[n]
	}
	return settingsOf(n)
}

func settingsOf(n int) string {
	calls := make([]string, n)
	for i := range calls {
		calls[i] = fmt.Sprintf("set_config($%d, $%d, false)", 2*i+1, 2*i+2)
	}
	return "SELECT " + strings.Join(calls, ", ")
}

// QueryRow is Query for one row; what went wrong comes from Scan, pgx.ErrNoRows among it.
func (o OneQuery) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := o.Query(ctx, sql, args...)
	return oneRow{rows, err}
}

type oneRow struct {
	rows pgx.Rows
	err  error
}

func (r oneRow) Scan(to ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		r.rows.Close()
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(to...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// oneQueryRows gives the connection back once they are read.
type oneQueryRows struct {
	pgx.Rows
	// results is nil when nothing was sent but the query.
	results pgx.BatchResults
	conn    *pgxpool.Conn
	// keep is what was set with it, and stays if all went well.
	keep   []Setting
	closed bool
	err    error
}

// Close may be called again.
func (r *oneQueryRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	if r.results != nil {
		r.err = r.results.Close()
	}
	if r.results != nil && r.Err() == nil {
		r.conn.Conn().PgConn().CustomData()[keptSettings] = r.keep
	}
	r.conn.Release()
}

// Err is that of the rows, or of the transaction's end.
func (r *oneQueryRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}
