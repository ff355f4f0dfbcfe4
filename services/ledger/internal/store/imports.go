package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

func importOf(i db.Import) app.Import {
	return app.Import{
		ID: i.ID, Filename: i.Filename, State: i.State,
		RowsRead: int(i.RowsRead), RowsStored: int(i.RowsStored), RowsFlagged: int(i.RowsFlagged),
		RowsCreated: int(i.RowsCreated), RowsUpdated: int(i.RowsUpdated), RowsUnmatched: int(i.RowsUnmatched),
		ErrorReason: i.ErrorReason, ErrorMessage: i.ErrorMessage, CreatedAt: i.CreatedAt, EndedAt: i.EndedAt,
	}
}

// CreateImport implements app.ImportStore.
func (s *Store) CreateImport(ctx context.Context, filename, actor string) (app.Import, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return app.Import{}, fmt.Errorf("import id: %w", err)
	}
	i, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.Import, error) {
		i, err := db.New(tx).CreateImport(ctx, db.CreateImportParams{ID: id.String(), Filename: filename, Actor: actor})
		if err != nil {
			return i, err
		}
		return i, audit.Append(ctx, tx, importStarted(i.ID))
	})
	if err != nil {
		return app.Import{}, fmt.Errorf("creating import: %w", err)
	}
	return importOf(i), nil
}

// GetImport implements app.ImportStore.
func (s *Store) GetImport(ctx context.Context, id string) (app.Import, error) {
	i, err := s.queries().GetImport(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return app.Import{}, domain.ErrNotFound
	}
	if err != nil {
		return app.Import{}, fmt.Errorf("import %s: %w", id, err)
	}
	return importOf(i), nil
}

// ListImports implements app.ImportStore.
func (s *Store) ListImports(ctx context.Context, before string, most int) ([]app.Import, error) {
	rows, err := s.queries().ListImports(ctx, db.ListImportsParams{Before: before, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("listing imports: %w", err)
	}
	imports := make([]app.Import, len(rows))
	for i, r := range rows {
		imports[i] = importOf(r)
	}
	return imports, nil
}

// ListIssues implements app.ImportStore.
func (s *Store) ListIssues(ctx context.Context, id string, f app.IssueFilter) ([]app.Issue, error) {
	rows, err := s.queries().ListIssues(ctx, db.ListIssuesParams{
		ImportID: id, AfterRow: int32(f.AfterRow), AfterSheet: f.AfterSheet, Flag: string(f.Flag), Sheet: f.Sheet, Most: int32(f.Most),
	})
	if err != nil {
		return nil, fmt.Errorf("issues of import %s: %w", id, err)
	}
	issues := make([]app.Issue, len(rows))
	for i, r := range rows {
		issues[i] = app.Issue{Sheet: r.Sheet, Row: int(r.RowNumber), Flags: flagsOf(r.Flags)}
		if r.EntryID != nil {
			issues[i].EntryID = *r.EntryID
		}
	}
	return issues, nil
}

// passing is how what is true for a moment only is written: to wait until it is on the disk would
// have the import's own rows wait, too.
var passing = pg.TxOptions{Local: []pg.Setting{{Name: "synchronous_commit", Value: "off"}}}

// SetProgress implements app.ImportStore.
func (s *Store) SetProgress(ctx context.Context, importID string, p *app.Progress) error {
	cancelled, err := pg.InTxValueOptions(ctx, s.pool, passing, func(tx pgx.Tx) (bool, error) {
		return db.New(tx).SetProgress(ctx, db.SetProgressParams{
			ID: importID, RowsRead: int32(p.Read.Load()), RowsStored: int32(p.Stored.Load()), RowsFlagged: int32(p.Flagged.Load()),
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("progress of import %s: %w", importID, err)
	}
	if cancelled {
		return app.ErrCancelled
	}
	return nil
}

// CancelImport implements app.ImportStore.
func (s *Store) CancelImport(ctx context.Context, importID string) (app.Import, error) {
	var asked db.Import
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		if asked, err = db.New(tx).RequestCancel(ctx, importID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, importCancelled(importID))
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return app.Import{}, app.ErrImportEnded
	}
	if err != nil {
		return app.Import{}, fmt.Errorf("cancelling import %s: %w", importID, err)
	}
	return importOf(asked), nil
}

// FailImport implements app.ImportStore. An import that has ended stays as it is.
func (s *Store) FailImport(ctx context.Context, importID, reason, message string) error {
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		ended, err := q.FailImport(ctx, db.FailImportParams{ID: importID, ErrorReason: reason, ErrorMessage: message})
		if err != nil || ended == 0 {
			return err
		}
		if err := audit.Append(ctx, tx, importFailed(importID, reason, "")); err != nil {
			return err
		}
		if err := q.DropFile(ctx, importID); err != nil {
			return err
		}
		return dropIndexed(ctx, q, importID)
	})
	if err != nil {
		return fmt.Errorf("ending import %s: %w", importID, err)
	}
	return nil
}

// HoldImport implements app.ImportStore: a session lock, which PostgreSQL lets go
// when the process dies, however it dies.
func (s *Store) HoldImport(ctx context.Context, importID string) (release func(), err error) {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("holding import %s: %w", importID, err)
	}
	// Imports wait for one another: no number of them may keep the pool from everybody else.
	conn := pooled.Hijack()
	release = func() {
		// Closing the session is what surely lets go of its lock. Nothing is lost
		// if saying good-bye to the server fails.
		_ = conn.Close(context.WithoutCancel(ctx))
	}
	if err := db.New(conn).HoldImport(ctx, importID); err != nil {
		release()
		return nil, fmt.Errorf("holding import %s: %w", importID, err)
	}
	return release, nil
}

// FailInterrupted implements app.ImportStore.
func (s *Store) FailInterrupted(ctx context.Context) (failed int, err error) {
	running, err := s.queries().RunningImports(ctx)
	if err != nil {
		return 0, fmt.Errorf("running imports: %w", err)
	}
	for _, id := range running {
		err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
			q := db.New(tx)
			n, err := q.FailInterrupted(ctx, id)
			if err != nil || n == 0 {
				return err
			}
			failed++
			if err := audit.Append(ctx, tx, importFailed(id, "FILE_INTERRUPTED", self)); err != nil {
				return err
			}
			if err := q.DropFile(ctx, id); err != nil {
				return err
			}
			return dropIndexed(ctx, q, id)
		})
		if err != nil {
			return failed, fmt.Errorf("interrupted import %s: %w", id, err)
		}
	}
	return failed, nil
}
