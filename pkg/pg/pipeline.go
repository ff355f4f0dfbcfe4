package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
