package pg

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pipeline is a transaction whose Execs wait for Flush, which sends them together: one
// round trip for all. What Exec returns says nothing; the first error comes from Flush.
// Queries go at once, before what waits.
type Pipeline struct {
	pgx.Tx
	waiting pgx.Batch
}

// NewPipeline returns a pipeline into a transaction.
func NewPipeline(tx pgx.Tx) *Pipeline { return &Pipeline{Tx: tx} }

// Exec lets the statement wait.
func (p *Pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.waiting.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// Flush sends what waits, in its order, and returns the first error.
func (p *Pipeline) Flush(ctx context.Context) error {
	err := p.SendBatch(ctx, &p.waiting).Close()
	p.waiting = pgx.Batch{}
	return err
}

// OneQuery runs single queries, each in a transaction of its own with settings that hold
// there only; both are one round trip.
type OneQuery struct {
	Pool  *pgxpool.Pool
	Local []Setting
}

// Query sends the settings and the query together.
func (o OneQuery) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := o.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin query: %w", err)
	}
	// Without a begin of their own the statements up to the batch's end are one
	// transaction.
	var batch pgx.Batch
	if len(o.Local) > 0 {
		args := make([]any, 0, 2*len(o.Local))
		for _, s := range o.Local {
			args = append(args, s.Name, s.Value)
		}
		batch.Queue(settings(len(o.Local)), args...)
	}
	batch.Queue(sql, args...)
	results := conn.SendBatch(ctx, &batch)
	if len(o.Local) > 0 {
		// An error comes again from the query, which is then not run.
		_, _ = results.Exec()
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		conn.Release()
		return nil, err
	}
	return &oneQueryRows{Rows: rows, results: results, conn: conn}, nil
}

// fewSettings are the statements that make so many settings at once, each prepared once: every query of a
// list sends one.
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
		calls[i] = fmt.Sprintf("set_config($%d, $%d, true)", 2*i+1, 2*i+2)
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
	results pgx.BatchResults
	conn    *pgxpool.Conn
	closed  bool
	err     error
}

// Close may be called again.
func (r *oneQueryRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.err = r.results.Close()
	r.conn.Release()
}

// Err is that of the rows, or of the transaction's end.
func (r *oneQueryRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}
