package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// indexAll writes beside the entries of an import what they are found by, who was in it and
// what was odd, in a transaction of its own.
func (s *Store) indexAll(ctx context.Context, importID string, from <-chan sealedBatch) error {
	// What comes can be taken once only.
	options := pg.TxOptions{Local: append(scoped(domain.ProvinceScope()), merging...), MaxAttempts: 1}
	err := pg.InTxOptions(ctx, s.pool, options, func(tx pgx.Tx) error {
		q := db.New(tx)
		// Of an attempt that failed between the two transactions.
		if err := dropIndexed(ctx, q, importID); err != nil {
			return err
		}
		if err := receive(ctx, from, func(b sealedBatch) error { return s.index(ctx, q, importID, b) }); err != nil {
			return err
		}
		return q.TidyNameIndex(ctx)
	})
	if err != nil {
		return fmt.Errorf("indexing: %w", err)
	}
	return nil
}

func (s *Store) index(ctx context.Context, q *db.Queries, importID string, b sealedBatch) error {
	var entries []db.IndexEntriesParams
	var issues []db.InsertIssuesParams
	members := db.InsertMembersParams{ImportID: importID}
	for i := range b.rows {
		r := &b.rows[i]
		if r.created {
			entries = append(entries, s.indexOf(r))
		}
		if !r.Again {
			members.EntryIds = append(members.EntryIds, r.entryID)
			members.FieldDigests = append(members.FieldDigests, s.fieldDigests(&r.Row))
		}
		if len(r.Flags) > 0 {
			issues = append(issues, db.InsertIssuesParams{
				ImportID: importID, Sheet: r.Sheet, RowNumber: int32(r.Number), EntryID: &r.entryID, Flags: flagTexts(r.Flags),
			})
		}
	}
	for _, skipped := range b.skipped {
		issues = append(issues, db.InsertIssuesParams{
			ImportID: importID, Sheet: skipped.Sheet, RowNumber: int32(skipped.Row), Flags: flagTexts(skipped.Flags),
		})
	}
	if _, err := q.IndexEntries(ctx, entries); err != nil {
		return err
	}
	if err := q.InsertMembers(ctx, members); err != nil {
		return err
	}
	_, err := q.InsertIssues(ctx, issues)
	return err
}

// dropIndexed removes what an import that failed left beside the entries.
func dropIndexed(ctx context.Context, q *db.Queries, importID string) error {
	if err := q.DropIndexed(ctx, importID); err != nil {
		return err
	}
	if err := q.DropMembers(ctx, importID); err != nil {
		return err
	}
	return q.DropIssues(ctx, importID)
}
