package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// follow is what a finding brings with it, in its own transaction.
func (s *Store) follow(ctx context.Context, tx pgx.Tx, save app.Save, head db.EntryHead, f db.Finding) error {
	work, err := workOf(head)
	if err != nil {
		return err
	}
	found := domain.Found{
		Revision: f.Revision, Code: f.Code, On: domain.Today(f.OccurredAt),
		HasRecord: save.Entry.HasStudentNumber || save.Form.NationalStudentNumber != "",
	}
	_, err = s.setWork(ctx, tx, head, save.Entry.CountyCode, work.AfterFinding(found, s.rules), f.OccurredAt)
	return err
}
