package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/outbox"
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

// StageRows implements app.ImportStore.
func (s *Store) StageRows(ctx context.Context, importID string, rows []app.StagedRow) error {
	params := make([]db.StageRowsParams, len(rows))
	for i := range rows {
		r := &rows[i]
		// Version 7 ids grow with time: the ledger keeps the order of the file.
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("entry id: %w", err)
		}
		if params[i], err = s.staged(r); err != nil {
			return err
		}
		params[i].ImportID, params[i].EntryID = importID, id.String()
	}
	if _, err := s.queries().StageRows(ctx, params); err != nil {
		return fmt.Errorf("staging rows: %w", err)
	}
	return nil
}

// SetRowsRead implements app.ImportStore.
func (s *Store) SetRowsRead(ctx context.Context, importID string, rows int) error {
	cancelled, err := s.queries().SetRowsRead(ctx, db.SetRowsReadParams{ID: importID, RowsRead: int32(rows)})
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

// StagedRegions implements app.ImportStore.
func (s *Store) StagedRegions(ctx context.Context, importID string) ([]string, error) {
	codes, err := s.queries().DistinctRegions(ctx, importID)
	if err != nil {
		return nil, fmt.Errorf("region codes of import %s: %w", importID, err)
	}
	return codes, nil
}

// merging are the settings of a merge: sorts and joins stay out of files, statements that run
// for seconds are not compiled for tenths of them, names are sorted into their index together.
var merging = []pg.Setting{
	{Name: "work_mem", Value: "128MB"}, {Name: "jit", Value: "off"}, {Name: "gin_pending_list_limit", Value: "128MB"},
}

// Merge implements app.ImportStore.
func (s *Store) Merge(ctx context.Context, m app.Merge) error {
	importID := m.ImportID
	params, err := regionParams(importID, m.Regions)
	if err != nil {
		return err
	}
	local := append(scoped(domain.ProvinceScope()), merging...)
	err = pg.InTxOptions(ctx, s.pool, pg.TxOptions{Local: local}, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockMerge(ctx); err != nil {
			return err
		}
		cancelled, err := q.CancelRequested(ctx, importID)
		if err != nil {
			return err
		}
		if cancelled {
			return app.ErrCancelled
		}
		if _, err := q.InsertRegions(ctx, params); err != nil {
			return err
		}
		if err := q.AnalyzeStaging(ctx); err != nil {
			return err
		}
		at, err := q.MergeTime(ctx)
		if err != nil {
			return err
		}
		if err := q.RecognizeChildren(ctx, importID); err != nil {
			return err
		}
		updated, err := q.UpdateEntries(ctx, db.UpdateEntriesParams{ImportID: importID, At: at})
		if err != nil {
			return err
		}
		created, err := q.CreateEntries(ctx, db.CreateEntriesParams{ImportID: importID, At: at, Actor: m.Actor, DueOn: m.Due(dayOf(at))})
		if err != nil {
			return err
		}
		if err := q.IndexEntries(ctx, importID); err != nil {
			return err
		}
		if err := q.TidyNameIndex(ctx); err != nil {
			return err
		}
		if err := announce(ctx, tx, importID, at); err != nil {
			return err
		}
		if err := q.RecognizeAgain(ctx, importID); err != nil {
			return err
		}
		if err := q.InsertMembers(ctx, importID); err != nil {
			return err
		}
		if err := q.InsertIssues(ctx, importID); err != nil {
			return err
		}
		if _, err := q.InsertSkipped(ctx, skippedParams(importID, m.Skipped)); err != nil {
			return err
		}
		if err := q.FinishImport(ctx, db.FinishImportParams{ImportID: importID, Created: int32(created), Updated: int32(updated)}); err != nil {
			return err
		}
		done, err := q.GetImport(ctx, importID)
		if err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, importFinished(done)); err != nil {
			return err
		}
		return dropStaging(ctx, q, importID)
	})
	if err != nil {
		return fmt.Errorf("merging import %s: %w", importID, err)
	}
	s.committed()
	return nil
}

// What an import creates, taken in pieces: memory doesn't grow, and the join is made once.
const (
	openCreated = `DECLARE created NO SCROLL CURSOR FOR
		SELECT s.entry_id, r.county_code, s.source FROM import_staging s
		JOIN import_regions r ON r.import_id = s.import_id AND r.region_code = s.region_code
		WHERE s.import_id = $1 AND s.known_id IS NULL AND s.first ORDER BY s.entry_id`
	nextCreated  = "FETCH 10000 FROM created"
	closeCreated = "CLOSE created"
)

type createdEntry struct {
	ID, CountyCode string
	Source         int16
}

// announce appends the events of the entries that an import has created.
func announce(ctx context.Context, tx pgx.Tx, importID string, at time.Time) error {
	if _, err := tx.Exec(ctx, openCreated, importID); err != nil {
		return err
	}
	for {
		rows, err := tx.Query(ctx, nextCreated)
		if err != nil {
			return err
		}
		created, err := pgx.CollectRows(rows, pgx.RowToStructByPos[createdEntry])
		if err != nil {
			return err
		}
		if len(created) == 0 {
			_, err := tx.Exec(ctx, closeCreated)
			return err
		}
		events := make([]outbox.Event, len(created))
		for i, e := range created {
			events[i] = routed(e.ID, 1, e.CountyCode, e.Source, importID, at)
		}
		if err := outbox.AppendAll(ctx, tx, events); err != nil {
			return err
		}
	}
}

// dayOf is the day of an instant by the province's clock.
func dayOf(at time.Time) time.Time {
	year, month, day := at.In(domain.Shanghai).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// flagOfReason is the quality flag that a resolution's reason gives an entry.
var flagOfReason = map[string]domain.Flag{
	"SUCCEEDED": domain.FlagRegionSucceeded, "AMBIGUOUS": domain.FlagRegionAmbiguous,
	"NOT_A_COUNTY": domain.FlagRegionNotACounty, "OTHER_PROVINCE": domain.FlagRegionOtherProvince,
	"UNKNOWN": domain.FlagRegionUnknown, "MISSING": domain.FlagRegionMissing,
}

func regionParams(importID string, regions map[string]app.Resolution) ([]db.InsertRegionsParams, error) {
	params := make([]db.InsertRegionsParams, 0, len(regions))
	for code, r := range regions {
		candidates, err := json.Marshal(r.Suggestions())
		if err != nil {
			return nil, fmt.Errorf("candidates: %w", err)
		}
		params = append(params, db.InsertRegionsParams{
			ImportID: importID, RegionCode: code, CountyCode: r.County, Reason: "REGION_" + r.Reason,
			Flag: string(flagOfReason[r.Reason]), Candidates: candidates,
		})
	}
	return params, nil
}

func skippedParams(importID string, skipped []app.Issue) []db.InsertSkippedParams {
	params := make([]db.InsertSkippedParams, len(skipped))
	for i, issue := range skipped {
		params[i] = db.InsertSkippedParams{ImportID: importID, Sheet: issue.Sheet, RowNumber: int32(issue.Row), Flags: flagTexts(issue.Flags)}
	}
	return params
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
		return dropStaging(ctx, q, importID)
	})
	if err != nil {
		return fmt.Errorf("ending import %s: %w", importID, err)
	}
	return nil
}

func dropStaging(ctx context.Context, q *db.Queries, importID string) error {
	if err := q.DropStaging(ctx, importID); err != nil {
		return fmt.Errorf("staging of %s: %w", importID, err)
	}
	if err := q.DropRegions(ctx, importID); err != nil {
		return fmt.Errorf("staging of %s: %w", importID, err)
	}
	return nil
}

// HoldImport implements app.ImportStore: a session lock, which PostgreSQL lets go
// when the process dies, however it dies.
func (s *Store) HoldImport(ctx context.Context, importID string) (release func(), err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("holding import %s: %w", importID, err)
	}
	if err := db.New(conn).HoldImport(ctx, importID); err != nil {
		conn.Release()
		return nil, fmt.Errorf("holding import %s: %w", importID, err)
	}
	return func() {
		// Closing the session is what surely lets go of its lock. Nothing is lost
		// if saying good-bye to the server fails.
		_ = conn.Hijack().Close(context.WithoutCancel(ctx))
	}, nil
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
			return dropStaging(ctx, q, id)
		})
		if err != nil {
			return failed, fmt.Errorf("interrupted import %s: %w", id, err)
		}
	}
	return failed, nil
}
