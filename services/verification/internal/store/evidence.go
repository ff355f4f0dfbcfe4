package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// AddEvidence implements app.EvidenceStore.
func (s *Store) AddEvidence(ctx context.Context, e app.NewEvidence) (domain.Evidence, error) {
	row, err := onEntry(ctx, s, e.Entry.ID, func(tx pgx.Tx, head db.EntryHead) (db.Evidence, error) {
		q := db.New(tx)
		if err := checkTarget(ctx, q, e, head); err != nil {
			return db.Evidence{}, err
		}
		at, err := q.Clock(ctx)
		if err != nil {
			return db.Evidence{}, err
		}
		if err := q.InsertFile(ctx, e.ID); err != nil {
			return db.Evidence{}, err
		}
		row, err := q.InsertEvidence(ctx, db.InsertEvidenceParams{
			ID: e.ID, EntryID: e.Entry.ID, Revision: e.Revision, VisitID: idOrNull(e.VisitID), LegalStepID: idOrNull(e.LegalStepID), ContentType: e.ContentType, SizeBytes: int32(e.Size),
			Sha256: e.SHA256[:], CountyCode: e.Entry.CountyCode, AuthorID: e.Author.ID, Author: e.Author.Name, OccurredAt: at,
		})
		if err != nil {
			return db.Evidence{}, err
		}
		return row, audit.Append(ctx, tx, recorded("evidence.add", e.Entry, map[string]string{"evidence": e.ID, "type": e.ContentType}))
	})
	if err != nil {
		return domain.Evidence{}, fmt.Errorf("evidence of %s: %w", e.Entry.ID, err)
	}
	return evidenceOf(row), nil
}

// checkTarget refuses a file of what the entry does not have.
func checkTarget(ctx context.Context, q *db.Queries, e app.NewEvidence, head db.EntryHead) (err error) {
	switch {
	case e.VisitID != "":
		_, err = q.GetVisit(ctx, db.GetVisitParams{EntryID: e.Entry.ID, ID: e.VisitID})
	case e.LegalStepID != "":
		_, err = q.GetLegalStep(ctx, db.GetLegalStepParams{EntryID: e.Entry.ID, ID: e.LegalStepID})
	case e.Revision > head.Revision+1:
		return domain.ErrEvidenceTarget
	}
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return domain.ErrEvidenceTarget
	}
	return err
}

func idOrNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

// ListEvidence implements app.EvidenceStore.
func (s *Store) ListEvidence(ctx context.Context, entryID string) ([]domain.Evidence, error) {
	options := pg.TxOptions{ReadOnly: true, Local: naming(entryID)}
	rows, err := pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) ([]db.Evidence, error) { return db.New(tx).ListEvidence(ctx, entryID) })
	if err != nil {
		return nil, fmt.Errorf("evidence of %s: %w", entryID, err)
	}
	all := make([]domain.Evidence, len(rows))
	for i, r := range rows {
		all[i] = evidenceOf(r)
	}
	return all, nil
}

// ReadEvidence implements app.EvidenceStore.
func (s *Store) ReadEvidence(ctx context.Context, entry domain.Entry, id string) (domain.Evidence, error) {
	row, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: naming(entry.ID)}, func(tx pgx.Tx) (db.Evidence, error) {
		row, err := db.New(tx).GetEvidence(ctx, db.GetEvidenceParams{EntryID: entry.ID, ID: id})
		if err != nil {
			return row, err
		}
		return row, audit.Append(ctx, tx, recorded("evidence.read", entry, map[string]string{"evidence": id}))
	})
	if errors.Is(err, pgx.ErrNoRows) || pg.Code(err) == notUUID {
		return domain.Evidence{}, domain.ErrEvidenceUnknown
	}
	if err != nil {
		return domain.Evidence{}, fmt.Errorf("evidence %s: %w", id, err)
	}
	return evidenceOf(row), nil
}

// HasEvidence implements app.EvidenceStore.
func (s *Store) HasEvidence(ctx context.Context, entryID string, revision int64) (bool, error) {
	options := pg.TxOptions{ReadOnly: true, Local: naming(entryID)}
	has, err := pg.InTxValueOptions(ctx, s.pool, options, func(tx pgx.Tx) (bool, error) {
		return db.New(tx).HasEvidence(ctx, db.HasEvidenceParams{EntryID: entryID, Revision: revision})
	})
	if err != nil {
		return false, fmt.Errorf("evidence of %s: %w", entryID, err)
	}
	return has, nil
}

// KnownFiles implements app.EvidenceStore.
func (s *Store) KnownFiles(ctx context.Context, ids []string) (map[string]bool, error) {
	rows, err := db.New(s.pool).KnownFiles(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("files that are evidence: %w", err)
	}
	known := make(map[string]bool, len(rows))
	for _, id := range rows {
		known[id] = true
	}
	return known, nil
}

func evidenceOf(r db.Evidence) domain.Evidence {
	e := domain.Evidence{
		EvidenceOf: domain.EvidenceOf{Revision: r.Revision}, ID: r.ID, EntryID: r.EntryID, ContentType: r.ContentType, Size: int(r.SizeBytes), Author: r.Author,
		At: r.OccurredAt, SHA256: [32]byte(r.Sha256),
	}
	if r.VisitID != nil {
		e.VisitID = *r.VisitID
	}
	if r.LegalStepID != nil {
		e.LegalStepID = *r.LegalStepID
	}
	return e
}
