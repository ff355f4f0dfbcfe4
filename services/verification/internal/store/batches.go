package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// batchContent is what is sealed of a batch.
type batchContent struct {
	List     domain.Worklist
	Verdicts []app.RowVerdict
}

// of is the setting that the row-level security policy of the batches reads.
func of(authorID string) pg.TxOptions {
	return pg.TxOptions{Local: []pg.Setting{{Name: "baoxue.author", Value: authorID}}}
}

func (s *Store) sealBatch(b app.Batch) ([]byte, error) {
	content, err := json.Marshal(batchContent{b.List, b.Verdicts})
	if err != nil {
		return nil, err
	}
	return s.sealer.Seal(string(content), batchPlace(b.ID))
}

// batchPlace binds what is sealed to its batch.
func batchPlace(id string) string { return "verification finding batch " + id }

func batchRecord(action, id string, details map[string]string) audit.Record {
	return audit.Record{Action: action, ResourceType: "worklist", ResourceID: id, Details: details}
}

// RecordWorklist implements app.BatchStore.
func (s *Store) RecordWorklist(ctx context.Context, listID string, rows int) error {
	return audit.AppendNow(ctx, s.pool, batchRecord("worklist.export", listID, map[string]string{"rows": strconv.Itoa(rows)}))
}

// CreateBatch implements app.BatchStore, and drops what has been kept long enough.
func (s *Store) CreateBatch(ctx context.Context, b app.Batch) (app.Batch, error) {
	sealed, err := s.sealBatch(b)
	if err != nil {
		return b, fmt.Errorf("batch %s: %w", b.ID, err)
	}
	err = pg.InTxOptions(ctx, s.pool, of(b.AuthorID), func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.DropOldBatches(ctx); err != nil {
			return err
		}
		if b.At, err = q.InsertBatch(ctx, db.InsertBatchParams{ID: b.ID, AuthorID: b.AuthorID, ContentSealed: sealed}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, batchRecord("worklist.upload", b.List.ID, map[string]string{
			"batch": b.ID, "filled": strconv.Itoa(len(b.Verdicts)), "ready": strconv.Itoa(b.Count(app.RowReady)),
		}))
	})
	if err != nil {
		return b, fmt.Errorf("batch %s: %w", b.ID, err)
	}
	return b, nil
}

// GetBatch implements app.BatchStore.
func (s *Store) GetBatch(ctx context.Context, authorID, id string) (app.Batch, error) {
	row, err := pg.InTxValueOptions(ctx, s.pool, of(authorID), func(tx pgx.Tx) (db.FindingBatch, error) {
		return db.New(tx).GetBatch(ctx, db.GetBatchParams{ID: id, AuthorID: authorID})
	})
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return app.Batch{}, app.ErrBatchUnknown
	}
	if err != nil {
		return app.Batch{}, fmt.Errorf("batch %s: %w", id, err)
	}
	text, err := s.sealer.Unseal(row.ContentSealed, batchPlace(row.ID))
	if err != nil {
		return app.Batch{}, fmt.Errorf("batch %s: %w", id, err)
	}
	var content batchContent
	if err := json.Unmarshal([]byte(text), &content); err != nil {
		return app.Batch{}, fmt.Errorf("batch %s: %w", id, err)
	}
	return app.Batch{ID: row.ID, AuthorID: row.AuthorID, At: row.CreatedAt, List: content.List, Verdicts: content.Verdicts}, nil
}

// UpdateBatch implements app.BatchStore.
func (s *Store) UpdateBatch(ctx context.Context, b app.Batch) error {
	sealed, err := s.sealBatch(b)
	if err != nil {
		return fmt.Errorf("batch %s: %w", b.ID, err)
	}
	err = pg.InTxOptions(ctx, s.pool, of(b.AuthorID), func(tx pgx.Tx) error {
		if err := db.New(tx).UpdateBatch(ctx, db.UpdateBatchParams{ID: b.ID, ContentSealed: sealed}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, batchRecord("worklist.save", b.List.ID, map[string]string{
			"batch": b.ID, "saved": strconv.Itoa(b.Count(app.RowSaved)), "bad": strconv.Itoa(b.Count(app.RowBad)),
		}))
	})
	if err != nil {
		return fmt.Errorf("batch %s: %w", b.ID, err)
	}
	return nil
}

// RecordBatchExport implements app.BatchStore.
func (s *Store) RecordBatchExport(ctx context.Context, b app.Batch) error {
	return audit.AppendNow(ctx, s.pool, batchRecord("worklist.export_marked", b.List.ID, map[string]string{"batch": b.ID}))
}

// Answered implements app.BatchStore.
func (s *Store) Answered(ctx context.Context, authorID string, entryIDs, requestIDs []string) (map[string]bool, error) {
	authors := make([]string, len(requestIDs))
	for i := range authors {
		authors[i] = authorID
	}
	options := pg.TxOptions{ReadOnly: true, Local: naming(entryIDs...)}
	rows, err := pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) ([]db.GetRequestsRow, error) {
		return db.New(tx).GetRequests(ctx, db.GetRequestsParams{AuthorIds: authors, RequestIds: requestIDs})
	})
	if err != nil {
		return nil, fmt.Errorf("requests answered before: %w", err)
	}
	answered := make(map[string]bool, len(rows))
	for _, r := range rows {
		answered[r.RequestID] = true
	}
	return answered, nil
}
