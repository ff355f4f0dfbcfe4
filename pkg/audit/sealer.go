package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/pg"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// Sealer puts committed records into the chain. Any number may run: an advisory
// lock lets one work at a time.
type Sealer struct {
	pool      *pgxpool.Pool
	service   string
	algorithm chain.Algorithm
	log       *slog.Logger
	wake      chan struct{}
}

const (
	sealBatch = 500
	// Someone else's commit is sealed after this long at the latest.
	pollInterval = time.Second
	// What is committed within it after a batch is sealed with the next one.
	lull = 100 * time.Millisecond
	// Any constant that nobody else uses in this database.
	sealerLock = 0x6175646974
)

// NewSealer returns a sealer for a service's trail.
func NewSealer(pool *pgxpool.Pool, service string, algorithm chain.Algorithm, log *slog.Logger) *Sealer {
	return &Sealer{pool: pool, service: service, algorithm: algorithm, log: log, wake: make(chan struct{}, 1)}
}

// Wake tells the sealer that something was committed, to seal it at once.
func (s *Sealer) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run seals until the context ends.
func (s *Sealer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := s.sealOnce(ctx)
		if n == sealBatch {
			continue
		}
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "audit records not sealed, will be tried again", "error", err)
		}
		if n > 0 {
			await(ctx, nil, lull)
		}
		await(ctx, s.wake, pollInterval)
	}
	return nil
}

// await waits for a word, for some time at most.
func await(ctx context.Context, word <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-word:
	case <-timer.C:
	}
}

// sealOnce seals one batch. It never locks what writers touch: a row that it
// sees is committed and changed by nobody else.
func (s *Sealer) sealOnce(ctx context.Context) (sealed int, err error) {
	return pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: pg.ByKey}, func(tx pgx.Tx) (int, error) {
		var leader bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(sealerLock)).Scan(&leader); err != nil {
			return 0, fmt.Errorf("audit: %w", err)
		}
		if !leader {
			return 0, nil
		}
		return s.sealWaiting(ctx, tx)
	})
}

func (s *Sealer) sealWaiting(ctx context.Context, tx pgx.Tx) (sealed int, err error) {
	// Each statement has a snapshot of its own, taken after the lock: the head is
	// the one that the last sealer committed.
	head, err := readHead(ctx, tx)
	if err != nil {
		return 0, err
	}
	places, ids, err := waiting(ctx, tx)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	records, err := query(ctx, tx, s.service, anyRecords+`WHERE r.id = ANY($1::uuid[]) ORDER BY r.id`, ids)
	if err != nil {
		return 0, err
	}
	if len(records) != len(ids) {
		return 0, fmt.Errorf("audit: of %d records that wait for their seals there are %d", len(ids), len(records))
	}
	if err := s.seal(ctx, tx, head, records); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM audit_unsealed WHERE ctid = ANY($1::text[]::tid[])`, places); err != nil {
		return 0, fmt.Errorf("audit: %w", err)
	}
	return len(records), nil
}

// waiting are a batch of those that wait, by their places in the queue.
func waiting(ctx context.Context, tx pgx.Tx) (places, ids []string, err error) {
	rows, err := tx.Query(ctx, `SELECT ctid::text, record_id::text FROM audit_unsealed LIMIT $1`, sealBatch)
	if err != nil {
		return nil, nil, fmt.Errorf("audit: %w", err)
	}
	var place, id string
	if _, err := pgx.ForEachRow(rows, []any{&place, &id}, func() error {
		places, ids = append(places, place), append(ids, id)
		return nil
	}); err != nil {
		return nil, nil, fmt.Errorf("audit: %w", err)
	}
	return places, ids, nil
}

func (s *Sealer) seal(ctx context.Context, tx pgx.Tx, head chain.Head, records []*auditv1.Record) error {
	ids, sequences, digests := make([]string, len(records)), make([]int64, len(records)), make([][]byte, len(records))
	for i, r := range records {
		r.Sequence, r.Algorithm = head.Sequence+1, string(s.algorithm)
		digest, err := chain.Digest(head.Digest, r)
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		head = chain.Head{Sequence: r.GetSequence(), Digest: digest}
		ids[i], sequences[i], digests[i] = r.GetId(), r.GetSequence(), digest
	}
	const insert = `INSERT INTO audit_seals (sequence, record_id, digest, algorithm)
		SELECT sequence, id, digest, $4 FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS s (id, sequence, digest)`
	if _, err := tx.Exec(ctx, insert, ids, sequences, digests, string(s.algorithm)); err != nil {
		return fmt.Errorf("audit: sealing: %w", err)
	}
	return nil
}
