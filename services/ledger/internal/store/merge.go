package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// merging are the settings of a merge: sorts and joins stay out of files, names are sorted into
// their index together.
var merging = []pg.Setting{{Name: "work_mem", Value: "128MB"}, {Name: "gin_pending_list_limit", Value: "128MB"}}

// Merge implements app.ImportStore.
//
// Three work side by side, each on a batch and a connection of its own: the first reads, seals,
// looks who is known and makes entries of the others, the second writes these, and the third
// indexes them. The entries are one transaction, which ends the import; what they are found by,
// who was in the distribution and what was odd is another, committed just before. Nobody sees that
// without an entry, or of an import that is still running, and what a crash leaves of it between
// the two is removed together with the import.
func (s *Store) Merge(ctx context.Context, m app.Merge) error {
	select {
	case s.merges <- struct{}{}:
		defer func() { <-s.merges }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), merging...)}
	err := pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockMerge(ctx); err != nil {
			return err
		}
		at, err := q.MergeTime(ctx)
		if err != nil {
			return err
		}
		c := &creation{
			tx: tx, q: q, origin: origin{importID: m.ImportID, actor: m.Actor, at: at, dueOn: m.Due(dayOf(at))}, progress: m.Progress,
		}
		if err := s.mergeRows(ctx, m, c); err != nil {
			return err
		}
		done, err := c.finish(ctx)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, importFinished(done))
	})
	if err != nil {
		return fmt.Errorf("merging import %s: %w", m.ImportID, err)
	}
	s.committed()
	return nil
}

// mergeRows reads all rows, creates those that are new, and indexes them.
func (s *Store) mergeRows(ctx context.Context, m app.Merge, c *creation) error {
	group, ctx := errgroup.WithContext(ctx)
	// Without room: each holds one batch, and one is all that waits for it.
	sealed, created := make(chan sealedBatch), make(chan sealedBatch)
	group.Go(func() error { return s.prepareAll(ctx, c.origin, m.Rows, sealed) })
	group.Go(func() error { return passOn(ctx, sealed, created, c.take) })
	group.Go(func() error { return s.indexAll(ctx, m.ImportID, created) })
	return group.Wait()
}

// passOn closes its output after the last batch, and leaves it open when something fails: who
// reads it must not take that for the end.
func passOn(ctx context.Context, from <-chan sealedBatch, to chan<- sealedBatch, through func(context.Context, sealedBatch) error) error {
	err := receive(ctx, from, func(b sealedBatch) error {
		if err := through(ctx, b); err != nil {
			return err
		}
		return send(ctx, to, b)
	})
	if err == nil {
		close(to)
	}
	return err
}

func send(ctx context.Context, to chan<- sealedBatch, b sealedBatch) error {
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func receive(ctx context.Context, from <-chan sealedBatch, take func(sealedBatch) error) error {
	for {
		select {
		case b, more := <-from:
			if !more {
				return nil
			}
			if err := take(b); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// dayOf is the day of an instant by the province's clock.
func dayOf(at time.Time) time.Time {
	year, month, day := at.In(domain.Shanghai).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
