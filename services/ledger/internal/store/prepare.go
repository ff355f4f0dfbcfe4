package store

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// sealedBatch are some rows as they may lie in a database.
type sealedBatch struct {
	rows    []sealedRow
	skipped []app.Issue
	// known are the children of the rows that the ledger had before the import or gets, and
	// fresh creates these.
	known knownChildren
	fresh pg.Encoded
}

// knownChildren are children by their identity.
type knownChildren map[string]db.KnownChildrenRow

// prepareAll reads and seals all rows, and looks who of them was known when it began: nobody
// else creates entries meanwhile.
func (s *Store) prepareAll(
	ctx context.Context, from origin, read func(context.Context) iter.Seq2[app.Batch, error], to chan<- sealedBatch,
) error {
	return s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q, encoder := db.New(tx), pg.NewEncoder(tx)
		for b, err := range read(ctx) {
			if err != nil {
				return err
			}
			sealed, err := s.prepare(ctx, q, b)
			if err != nil {
				return err
			}
			if err := createEntries(ctx, encoder, from, sealed.enter()); err != nil {
				return err
			}
			sealed.fresh = encoder.Take()
			if err := send(ctx, to, sealed); err != nil {
				return err
			}
		}
		close(to)
		return nil
	})
}

func (s *Store) prepare(ctx context.Context, q *db.Queries, b app.Batch) (sealedBatch, error) {
	sealed := sealedBatch{rows: make([]sealedRow, len(b.Rows)), skipped: b.Skipped, known: knownChildren{}}
	keys := make([][]byte, len(b.Rows))
	for i := range b.Rows {
		row, err := s.sealRow(&b.Rows[i])
		if err != nil {
			return sealedBatch{}, err
		}
		sealed.rows[i], keys[i] = row, row.identity
	}
	return sealed, sealed.known.look(ctx, q, keys)
}

// enter makes those children known that neither the ledger nor an earlier row of the file has,
// and returns their rows.
func (b *sealedBatch) enter() []*sealedRow {
	fresh := make([]*sealedRow, 0, len(b.rows))
	for i := range b.rows {
		r := &b.rows[i]
		if _, had := b.known[string(r.identity)]; had || r.Again {
			continue
		}
		r.created = true
		b.known[string(r.identity)] = db.KnownChildrenRow{ID: r.entryID, CountyCode: r.CountyCode}
		fresh = append(fresh, r)
	}
	return fresh
}

// look adds those of the identities that the ledger has.
func (k knownChildren) look(ctx context.Context, q *db.Queries, identities [][]byte) error {
	if len(identities) == 0 {
		return nil
	}
	found, err := q.KnownChildren(ctx, identities)
	for _, child := range found {
		k[string(child.IdentityKey)] = child
	}
	return err
}
