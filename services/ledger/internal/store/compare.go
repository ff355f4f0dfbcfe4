package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// fieldDigest is how many bytes are kept of a field's digest: enough to tell that it
// changed, too few to tell what it is.
const fieldDigest = 4

// fieldDigests are the digests of a row's described fields, each keyed and for itself; an
// empty field has zeros.
func (s *Store) fieldDigests(r *domain.Row) []byte {
	values := r.Description()
	digests := make([]byte, fieldDigest*len(values))
	var text []byte
	for i, value := range values {
		if value == "" {
			continue
		}
		text = append(append(append(text[:0], s.describing...), byte(i)), value...)
		sum := sha256.Sum256(text)
		copy(digests[fieldDigest*i:], sum[:fieldDigest])
	}
	return digests
}

// CompareImports implements app.ImportStore.
func (s *Store) CompareImports(ctx context.Context, id, base string) (app.Comparison, error) {
	var c db.CompareCountsRow
	err := s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
		c, err = db.New(tx).CompareCounts(ctx, db.CompareCountsParams{Later: id, Base: base})
		return err
	})
	if err != nil {
		return app.Comparison{}, fmt.Errorf("comparing imports %s and %s: %w", id, base, err)
	}
	return app.Comparison{New: int(c.New), Continuing: int(c.Continuing), Changed: int(c.Changed), Vanished: int(c.Vanished)}, nil
}

// ListDifferences implements app.ImportStore.
func (s *Store) ListDifferences(ctx context.Context, id, base string, kind app.Difference, after string, most int) ([]app.Differing, error) {
	var rows []db.CompareChildrenRow
	err := s.read(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).CompareChildren(ctx, db.CompareChildrenParams{Later: id, Base: base, Kind: int32(kind), After: after, Most: int32(most)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("comparing imports %s and %s: %w", id, base, err)
	}
	children := make([]app.Differing, len(rows))
	for i, r := range rows {
		children[i] = app.Differing{EntryID: r.EntryID, PersonName: r.PersonName, CountyCode: r.CountyCode, Code: r.Code}
		if kind == app.ChangedChild {
			children[i].Fields = changed(r.LaterDigests, r.BaseDigests)
		}
	}
	return children, nil
}

func changed(later, base []byte) (fields []string) {
	for i, name := range domain.Described {
		from, to := fieldDigest*i, fieldDigest*(i+1)
		if to > len(later) || to > len(base) || !bytes.Equal(later[from:to], base[from:to]) {
			fields = append(fields, name)
		}
	}
	return fields
}
