package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// queryLast sends a query together with the statements before it, and returns its rows. Of the others
// only errors are seen, and come from the query, which is then not run. end, if any, is called once, with
// what came of all, when the rows are closed, and also when none come.
func queryLast(ctx context.Context, conn interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}, before *pgx.Batch, sql string, args []any, end func(error),
) (pgx.Rows, error) {
	n := before.Len()
	before.Queue(sql, args...)
	results := conn.SendBatch(ctx, before)
	for range n {
		// An error comes again from the query.
		_, _ = results.Exec()
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		if end != nil {
			end(err)
		}
		return nil, err
	}
	return &lastRows{Rows: rows, results: results, end: end}, nil
}

// lastRows are those of a batch's last query.
type lastRows struct {
	pgx.Rows
	// results is nil when nothing was sent but the query.
	results pgx.BatchResults
	end     func(error)
	closed  bool
	err     error
}

// Close may be called again.
func (r *lastRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	if r.results != nil {
		r.err = r.results.Close()
	}
	if r.end != nil {
		r.end(r.Err())
	}
}

// Err is that of the rows, or of the batch's end.
func (r *lastRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// oneRow is the only one of some rows, or why there are none.
type oneRow struct {
	rows pgx.Rows
	err  error
}

// Scan returns pgx.ErrNoRows when there is none.
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
