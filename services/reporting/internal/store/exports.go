package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store/db"
)

// Exports keeps files that are made in the background.
type Exports struct {
	*Store
	Sealer seal.Sealer
}

// Any number that nothing else in this database locks.
const exportsLock = 0x6578706F7274

// BeginExport implements app.BackgroundStore.
func (s Exports) BeginExport(ctx context.Context, e domain.Export, alive time.Time) (domain.Export, error) {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		if err := q.LockExports(ctx, exportsLock); err != nil {
			return err
		}
		n, err := q.CountRunning(ctx, db.CountRunningParams{AuthorID: e.AuthorID, Alive: alive})
		if err != nil {
			return err
		}
		if err := domain.MayBegin(n.Own, n.Everybodys); err != nil {
			return err
		}
		row, err := q.InsertExport(ctx, db.InsertExportParams{
			ID: e.ID, AuthorID: e.AuthorID, RegionCode: e.Region, Format: string(e.Format), Layout: string(e.Layout), InFull: e.InFull,
			Total: e.Total, CreatedAt: e.CreatedAt, ExpiresAt: e.ExpiresAt,
		})
		e = exportOf(row)
		return err
	})
	if err != nil {
		return e, fmt.Errorf("beginning an export: %w", err)
	}
	return e, nil
}

// chunkPlace binds a piece to its file and its place there.
func chunkPlace(id string, number int) string { return "export " + id + " " + strconv.Itoa(number) }

// AddChunk implements app.BackgroundStore.
func (s Exports) AddChunk(ctx context.Context, id string, number int, content []byte) (bool, error) {
	sealed, err := s.Sealer.Seal(string(content), chunkPlace(id, number))
	if err != nil {
		return false, fmt.Errorf("piece %d of export %s: %w", number, id, err)
	}
	n, err := db.New(s.pool).InsertChunk(ctx, db.InsertChunkParams{ExportID: id, Number: int32(number), Sealed: sealed})
	if err != nil {
		return false, fmt.Errorf("piece %d of export %s: %w", number, id, err)
	}
	return n > 0, nil
}

// Chunk implements app.BackgroundStore.
func (s Exports) Chunk(ctx context.Context, id string, number int) ([]byte, error) {
	sealed, err := db.New(s.pool).GetChunk(ctx, db.GetChunkParams{ExportID: id, Number: int32(number)})
	if err != nil {
		return nil, fmt.Errorf("piece %d of export %s: %w", number, id, err)
	}
	content, err := s.Sealer.Unseal(sealed, chunkPlace(id, number))
	if err != nil {
		return nil, fmt.Errorf("piece %d of export %s: %w", number, id, err)
	}
	return []byte(content), nil
}

// GrowExport implements app.BackgroundStore.
func (s Exports) GrowExport(ctx context.Context, e domain.Export, now time.Time) (bool, error) {
	n, err := db.New(s.pool).GrowExport(ctx, db.GrowExportParams{
		ID: e.ID, Entries: e.Entries, Chunks: int32(e.Chunks), SizeBytes: e.Size, TouchedAt: now,
	})
	if err != nil {
		return false, fmt.Errorf("export %s: %w", e.ID, err)
	}
	return n > 0, nil
}

// EndExport implements app.BackgroundStore.
func (s Exports) EndExport(ctx context.Context, e domain.Export, now time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return end(ctx, tx, e, now) })
	if err != nil {
		return fmt.Errorf("export %s: %w", e.ID, err)
	}
	return nil
}

func end(ctx context.Context, tx pgx.Tx, e domain.Export, now time.Time) error {
	q := db.New(tx)
	n, err := q.EndExport(ctx, db.EndExportParams{
		ID: e.ID, State: string(e.State), Problem: e.Problem, TouchedAt: now, ExpiresAt: now.Add(domain.ExportKept),
	})
	if err != nil || n == 0 {
		return err
	}
	if e.State != domain.ExportReady {
		if err := q.DropChunks(ctx, e.ID); err != nil {
			return err
		}
	}
	action := map[domain.ExportState]string{
		domain.ExportReady: "entries.exported", domain.ExportFailed: "export.fail", domain.ExportCancelled: "export.cancel",
	}[e.State]
	return audit.Append(ctx, tx, exportRecord(action, e))
}

func exportRecord(action string, e domain.Export) audit.Record {
	return audit.Record{
		Action: action, ResourceType: "export", ResourceID: e.ID, Region: e.Region,
		Details: map[string]string{"entries": strconv.FormatInt(e.Entries, 10), "in_full": strconv.FormatBool(e.InFull)},
	}
}

// RecordDownload implements app.BackgroundStore.
func (s Exports) RecordDownload(ctx context.Context, e domain.Export) error {
	return audit.AppendNow(ctx, s.pool, exportRecord("export.download", e))
}

// Exports implements app.BackgroundStore.
func (s Exports) Exports(ctx context.Context, owner app.Owner, most int) ([]domain.Export, error) {
	rows, err := db.New(s.pool).ListExports(ctx, db.ListExportsParams{AuthorID: owner.ID, RegionCode: owner.Region, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("exports: %w", err)
	}
	exports := make([]domain.Export, len(rows))
	for i, r := range rows {
		exports[i] = exportOf(r)
	}
	return exports, nil
}

// Export implements app.BackgroundStore.
func (s Exports) Export(ctx context.Context, owner app.Owner, id string) (domain.Export, error) {
	row, err := db.New(s.pool).GetExport(ctx, db.GetExportParams{ID: id, AuthorID: owner.ID, RegionCode: owner.Region})
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return domain.Export{}, domain.ErrExportUnknown
	}
	if err != nil {
		return domain.Export{}, fmt.Errorf("export %s: %w", id, err)
	}
	return exportOf(row), nil
}

// SweepExports implements app.BackgroundStore.
func (s Exports) SweepExports(ctx context.Context, alive, now time.Time, problem string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		// Several processes sweep.
		if err := q.LockExports(ctx, exportsLock); err != nil {
			return err
		}
		abandoned, err := q.ListAbandoned(ctx, alive)
		if err != nil {
			return err
		}
		for _, id := range abandoned {
			if err := end(ctx, tx, domain.Export{ID: id, State: domain.ExportFailed, Problem: problem}, now); err != nil {
				return err
			}
		}
		expired, err := q.ListExpired(ctx, now)
		if err != nil {
			return err
		}
		for _, id := range expired {
			if err := q.DeleteExport(ctx, id); err != nil {
				return err
			}
			if err := audit.Append(ctx, tx, audit.Record{Action: "export.expire", ResourceType: "export", ResourceID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("expired exports: %w", err)
	}
	return nil
}

func exportOf(r db.Export) domain.Export {
	return domain.Export{
		ID: r.ID, AuthorID: r.AuthorID, Region: r.RegionCode, Format: domain.ExportFormat(r.Format), Layout: domain.Layout(r.Layout),
		InFull: r.InFull, State: domain.ExportState(r.State), Entries: r.Entries, Total: r.Total, Chunks: int(r.Chunks), Size: r.SizeBytes,
		Problem: r.Problem, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
	}
}
