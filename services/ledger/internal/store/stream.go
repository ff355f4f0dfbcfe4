package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

const (
	streamBatch = 500
	// A stream keeps its connection for as long as its receiver takes: some receivers that have stopped
	// taking must not keep all of them. Of all instances' exports four may be made in the background.
	mostStreams = 6
	// streamTurn is how long one waits for its turn.
	streamTurn = 30 * time.Second
)

var errManyStreams = fault.New(fault.Exhausted, "RATE_LIMITED", "正在导出的文件较多，请稍后再试").With("retry_after_seconds", "60")

// StreamEntries implements app.EntryReader: one statement, read as the receiver
// takes it.
func (s *Store) StreamEntries(ctx context.Context, sel app.Selection, reason string, yield func([]domain.Entry) error) error {
	done, err := s.streamTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	// Recorded before anything leaves: who breaks off has seen it all the same.
	if err := audit.AppendNow(ctx, s.pool, streamed(sel, reason)); err != nil {
		return err
	}
	condition, args := s.where(sel)
	err = s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT * FROM entries WHERE "+condition+" ORDER BY id", args...)
		if err != nil {
			return err
		}
		return s.inBatches(rows, yield)
	})
	if err != nil {
		return fmt.Errorf("streaming entries: %w", err)
	}
	return nil
}

// streamTurn waits until few enough stream.
func (s *Store) streamTurn(ctx context.Context) (done func(), err error) {
	turn := time.NewTimer(streamTurn)
	defer turn.Stop()
	select {
	case s.streams <- struct{}{}:
		return func() { <-s.streams }, nil
	case <-turn.C:
		return nil, errManyStreams
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Store) inBatches(rows pgx.Rows, yield func([]domain.Entry) error) error {
	batch := make([]domain.Entry, 0, streamBatch)
	pass := func() error {
		full := batch
		batch = batch[:0]
		return yield(full)
	}
	err := s.eachEntry(rows, func(e domain.Entry) error {
		if batch = append(batch, e); len(batch) < streamBatch {
			return nil
		}
		return pass()
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return pass()
}
