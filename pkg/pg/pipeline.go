package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tx is a transaction that statements are run in: a pgx.Tx, or a Pipeline. A pool is none.
type Tx interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Rollback(ctx context.Context) error
}

// Pipeline is a transaction that waits for PostgreSQL as seldom as it can. What Exec is given waits for
// the next query or for the commit, and goes with it in one message, as the begin goes with the first. So
// what Exec returns says nothing: what goes wrong comes from the query, or from InPipeline.
type Pipeline struct {
	conn *pgxpool.Conn
	// waiting begins with the transaction's begin until that is sent.
	waiting *pgx.Batch
	opening int
}

// InPipeline is InTxOptions for a function that is given a Pipeline.
func InPipeline(ctx context.Context, pool *pgxpool.Pool, opts TxOptions, fn func(*Pipeline) error) error {
	_, err := retrying(ctx, opts, func() (struct{}, error) { return struct{}{}, onceInPipeline(ctx, pool, opts, fn) })
	return err
}

func onceInPipeline(ctx context.Context, pool *pgxpool.Pool, opts TxOptions, fn func(*Pipeline) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// What is not idle then is not used again.
	defer conn.Release()
	p := &Pipeline{conn: conn, waiting: &pgx.Batch{}}
	// Also after a panic.
	defer rollback(ctx, p)
	p.waiting.Queue(opts.beginAlone())
	queueSettings(p.waiting, opts.Local, true)
	p.opening = p.waiting.Len()
	if err := fn(p); err != nil {
		return err
	}
	return p.commit(ctx)
}

// Exec lets the statement wait.
func (p *Pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.waiting.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// Query sends what waits and the query.
func (p *Pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return queryLast(ctx, p.conn, p.take(), sql, args, nil)
}

// QueryRow is Query for one row; what went wrong comes from Scan, pgx.ErrNoRows among it.
func (p *Pipeline) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, sql, args...)
	return oneRow{rows, err}
}

// CopyFrom sends what waits, and then the rows.
func (p *Pipeline) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := p.conn.SendBatch(ctx, p.take()).Close(); err != nil {
		return 0, err
	}
	return p.conn.CopyFrom(ctx, table, columns, rows)
}

// Rollback ends the transaction without effect. After its end it does nothing.
func (p *Pipeline) Rollback(ctx context.Context) error {
	if p.conn.Conn().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := p.conn.Exec(ctx, "rollback")
	return err
}

// take is what waits: it is on its way then.
func (p *Pipeline) take() *pgx.Batch {
	waiting := p.waiting
	p.waiting, p.opening = &pgx.Batch{}, 0
	return waiting
}

func (p *Pipeline) commit(ctx context.Context) error {
	if p.opening > 0 && p.waiting.Len() == p.opening {
		// Nothing was asked.
		return nil
	}
	last := p.take()
	last.Queue("commit")
	results := p.conn.SendBatch(ctx, last)
	for range last.Len() - 1 {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			return err
		}
	}
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	if err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}
