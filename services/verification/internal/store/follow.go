package store

import (
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

// follow is the work that a finding leaves of an entry.
func (s *Store) follow(before domain.Work, save app.Save, f db.Finding) domain.WorkState {
	found := domain.Found{
		Revision: f.Revision, Code: f.Code, On: domain.Today(f.OccurredAt),
		HasRecord: save.Entry.HasStudentNumber || save.Form.NationalStudentNumber != "",
	}
	return before.AfterFinding(found, s.rules).State(f.EntryID, save.Entry.CountyCode, s.rules)
}
