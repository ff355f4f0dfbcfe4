package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/audit/links"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/store/db"
)

const (
	// Entries that are looked at together.
	chainBatch = 500
	// Any constant that nobody else uses in this database.
	sealLock = 0x7365616C
	noEntry  = "00000000-0000-0000-0000-000000000000"
)

// SealFindings implements app.Sealer.
func (s *Store) SealFindings(ctx context.Context, until time.Time, every time.Duration) error {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		if mine, err := q.LockSeals(ctx, sealLock); err != nil || !mine {
			return err
		}
		last, err := q.LastSeal(ctx)
		if err != nil || last.Sealed && until.Sub(last.ToTime) < every {
			return err
		}
		sealing := links.NewSealing(s.algorithm, last.ToTime, until)
		if err := throughHeads(ctx, q, last.ToTime, func(ids []string) error {
			heads, err := q.ListNewestLinks(ctx, db.ListNewestLinksParams{EntryIds: ids, FromTime: last.ToTime, ToTime: until})
			for _, h := range heads {
				sealing.Add(h.EntryID, h.Revision, h.Digest)
			}
			return err
		}); err != nil {
			return err
		}
		seal := sealing.Seal()
		if err := q.InsertSeal(ctx, db.InsertSealParams{ToTime: seal.To, FromTime: seal.From, Entries: seal.Histories, Digest: seal.Digest}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Record{
			ActorID: "service:verification", Action: links.SealAction, ResourceType: "findings", Details: seal.Details(),
		})
	})
	if err != nil {
		return fmt.Errorf("sealing findings: %w", err)
	}
	return nil
}

// SealedUntil is the end of the newest seal, the zero time before the first.
func (s *Store) SealedUntil(ctx context.Context) (time.Time, error) {
	last, err := db.New(s.pool).LastSeal(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("last seal of the findings: %w", err)
	}
	return last.ToTime, nil
}

// throughHeads goes through the entries with a finding since an instant, naming them.
func throughHeads(ctx context.Context, q *db.Queries, since time.Time, some func(ids []string) error) error {
	for after := noEntry; ; {
		ids, err := q.ListHeadIDs(ctx, db.ListHeadIDsParams{After: after, Since: since, Most: chainBatch})
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := q.NameEntries(ctx, strings.Join(ids, ",")); err != nil {
			return err
		}
		if err := some(ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// ExportChain implements app.ChainReader.
func (s *Store) ExportChain(ctx context.Context, yield func([]links.Line) error) error {
	// Recorded before anything leaves.
	if err := audit.AppendNow(ctx, s.pool, audit.Record{Action: "findings.export_chain", ResourceType: "findings"}); err != nil {
		return err
	}
	options := pg.TxOptions{Isolation: pgx.RepeatableRead, ReadOnly: true, MaxAttempts: 1}
	err := pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error {
		q := db.New(tx)
		return throughHeads(ctx, q, time.Time{}, func(ids []string) error {
			rows, err := q.ListChains(ctx, ids)
			if err != nil {
				return err
			}
			lines := make([]links.Line, len(rows))
			for i, f := range rows {
				if lines[i], err = s.lineOf(f); err != nil {
					return err
				}
			}
			return yield(lines)
		})
	})
	if err != nil {
		return fmt.Errorf("exporting the findings' chains: %w", err)
	}
	return nil
}
