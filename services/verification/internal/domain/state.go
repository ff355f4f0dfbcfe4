package domain

import "time"

// WorkState is an entry's work with what follows from it.
type WorkState struct {
	EntryID string
	// CountyCode handles the entry; empty means the province's own queue.
	CountyCode string
	Work
	DueOn   time.Time
	DueKind DueKind
}

// State tells the work's deadline by the rules of now.
func (w Work) State(entryID, countyCode string, r Rules) WorkState {
	day, kind := w.Due(r)
	return WorkState{EntryID: entryID, CountyCode: countyCode, Work: w, DueOn: day, DueKind: kind}
}

// DueDay is the deadline as yyyy-mm-dd, empty without one.
func (s WorkState) DueDay() string {
	if s.DueKind == NotDue {
		return ""
	}
	return s.DueOn.Format(time.DateOnly)
}
