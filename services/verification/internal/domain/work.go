package domain

import (
	"slices"
	"strings"
	"time"
)

// Duty is the student-record duty (DOMAIN §3) of a child who came back to class.
type Duty string

// The duties.
const (
	NoDuty       Duty = "NONE"
	CreateRecord Duty = "CREATE_RECORD" // 新建学籍
	ChangeStatus Duty = "CHANGE_STATUS" // 更改辍学状态
	DutyDone     Duty = "DONE"
)

// Open reports whether the duty waits for somebody.
func (d Duty) Open() bool { return d == CreateRecord || d == ChangeStatus }

// DueKind is what a deadline is for.
type DueKind string

// The kinds of deadlines.
const (
	NotDue         DueKind = ""
	DueReturned    DueKind = "RETURNED"
	DuePersuasion  DueKind = "PERSUASION"
	DueUnconfirmed DueKind = "UNCONFIRMED"
	DueDuty        DueKind = "DUTY"
	DueFollowUp    DueKind = "FOLLOW_UP"
	DueVisit       DueKind = "VISIT"
	DueLegalStep   DueKind = "LEGAL_STEP"
	DueRecheck     DueKind = "RECHECK"
)

// Work is what remains to be done about an entry after its findings. Each change of it
// is one of the After methods; Version counts them. A zero day means none.
type Work struct {
	Version int64 `json:"version"`
	// Revision and Code are the newest finding's.
	Revision int64  `json:"revision"`
	Code     string `json:"code"`
	// Persuading: an A finding since the last B. 99 in between does not end it.
	Persuading bool `json:"persuading"`
	// PersuadingFrom is the revision of the first finding of the persuading, 0 without one:
	// steps of the law that were taken before it are of an earlier one.
	PersuadingFrom int64 `json:"persuadingFrom,omitempty"`
	// Returned: a review gave the entry back, no finding has answered it yet.
	Returned    bool      `json:"returned"`
	ReturnedDue time.Time `json:"returnedDue,omitzero"`
	UnderReview bool      `json:"underReview"`
	Duty        Duty      `json:"duty"`
	DutyDue     time.Time `json:"dutyDue,omitzero"`
	// HasRecord: a duty was closed with a record's number before.
	HasRecord bool `json:"hasRecord"`
	// StateDue is the last day of persuading, or of finding out.
	StateDue time.Time `json:"stateDue,omitzero"`
	VisitDue time.Time `json:"visitDue,omitzero"`
	// RecheckDue is the last day for finding again what was found.
	RecheckDue time.Time `json:"recheckDue,omitzero"`
	// LegalDue is the last day for the next step of the law, while one is running.
	LegalDue time.Time `json:"legalDue,omitzero"`
	// LegalStep is the name of the highest step of the law that holds, empty without one.
	LegalStep string `json:"legalStep,omitempty"`
	// InClassSince is the day of the return to class after an A finding, which
	// ReturnRevision recorded.
	InClassSince   time.Time `json:"inClassSince,omitzero"`
	ReturnRevision int64     `json:"returnRevision"`
	FollowUpsDone  int       `json:"followUpsDone"`
	// MissedOn is the day of the newest check, if it did not find the child in class.
	MissedOn time.Time `json:"missedOn,omitzero"`
	// Relapses counts how often the child left class again; RelapsedFrom is the
	// revision of the return before the newest one.
	Relapses     int   `json:"relapses"`
	RelapsedFrom int64 `json:"relapsedFrom"`
}

// Found is a finding as far as the work depends on it.
type Found struct {
	Revision int64
	Code     string
	// HasRecord: the entry or the finding has a student-record number.
	HasRecord bool
	// On is the day of saving.
	On time.Time
}

// Rules are what the changes depend on besides the entry.
type Rules struct {
	Settings
	Calendar Calendar
}

const unconfirmedCode = "99"

// Codes of a child who is in class, and those of them whose record is this province's
// duty.
var (
	inClassCodes = []string{"B2", "B3", "B4", "B8"}
	dutyCodes    = []string{"B2", "B3"}
)

// InClassCodes are the codes of a child who is in class.
func InClassCodes() []string { return slices.Clone(inClassCodes) }

// Closed is 销号: a B finding with no open duty and no open review (DOMAIN §3). What a
// review gave back is open until a finding answers it.
func (w Work) Closed() bool {
	return strings.HasPrefix(w.Code, "B") && !w.Duty.Open() && !w.UnderReview && !w.Returned
}

// Due is the earliest deadline.
func (w Work) Due(r Rules) (day time.Time, kind DueKind) {
	sooner := func(d time.Time, k DueKind) {
		if !d.IsZero() && (kind == NotDue || d.Before(day)) {
			day, kind = d, k
		}
	}
	sooner(w.ReturnedDue, DueReturned)
	switch {
	case w.Code == unconfirmedCode:
		sooner(w.StateDue, DueUnconfirmed)
	case !w.LegalDue.IsZero():
		sooner(w.LegalDue, DueLegalStep)
	default:
		sooner(w.StateDue, DuePersuasion)
	}
	sooner(w.VisitDue, DueVisit)
	sooner(w.RecheckDue, DueRecheck)
	sooner(w.DutyDue, DueDuty)
	sooner(w.MissedOn, DueFollowUp)
	if !w.InClassSince.IsZero() && w.FollowUpsDone < len(r.FollowUpDays) {
		sooner(w.InClassSince.AddDate(0, 0, r.FollowUpDays[w.FollowUpsDone]), DueFollowUp)
	}
	return day, kind
}

// AfterFinding is the work once a finding is made.
func (w Work) AfterFinding(f Found, r Rules) Work {
	before := w
	w = w.changed()
	w.Revision, w.Code, w.Returned, w.ReturnedDue, w.MissedOn = f.Revision, f.Code, false, time.Time{}, time.Time{}
	w.HasRecord = w.HasRecord || f.HasRecord
	w.RecheckDue = r.Recheck.due(f)
	switch {
	case f.Code == unconfirmedCode:
		if !w.InClassSince.IsZero() {
			w = w.persuaded(f.Revision)
		}
		w = w.outOfClass()
		w.VisitDue = time.Time{}
		if before.Code != unconfirmedCode {
			w.StateDue = r.Calendar.After(f.On, r.Deadlines.Unconfirmed)
		}
	case strings.HasPrefix(f.Code, "A"):
		if !w.InClassSince.IsZero() {
			w.Relapses++
			w.RelapsedFrom = w.ReturnRevision
		}
		w = w.outOfClass().persuaded(f.Revision)
		// Another A code is a correction: it gives no new time.
		if !strings.HasPrefix(before.Code, "A") {
			w.StateDue = r.Calendar.After(f.On, r.Deadlines.Persuasion)
		}
	default:
		w.StateDue, w.VisitDue, w.LegalDue, w.LegalStep = time.Time{}, time.Time{}, time.Time{}, ""
		w = w.settled(f, r)
	}
	return w
}

// persuaded: the child is out of class, by a finding of this revision or since an earlier one.
func (w Work) persuaded(revision int64) Work {
	if !w.Persuading {
		w.Persuading, w.PersuadingFrom = true, revision
	}
	return w
}

// settled is a B finding: the child is in class, or needs no persuading.
func (w Work) settled(f Found, r Rules) Work {
	back := w.Persuading
	w.Persuading, w.PersuadingFrom = false, 0
	if !slices.Contains(inClassCodes, f.Code) {
		return w.left()
	}
	if back {
		w.InClassSince, w.ReturnRevision, w.FollowUpsDone = f.On, f.Revision, 0
	}
	switch {
	case w.InClassSince.IsZero() || w.Duty == DutyDone:
		// Never out of school, as far as was found; or done already.
	case !slices.Contains(dutyCodes, f.Code):
		w.Duty, w.DutyDue = NoDuty, time.Time{}
	default:
		if !w.Duty.Open() {
			w.DutyDue = r.Calendar.After(f.On, r.Deadlines.Duty)
		}
		w.Duty = CreateRecord
		if w.HasRecord {
			w.Duty = ChangeStatus
		}
	}
	return w
}

// left: the child is not in class, so nothing about a return remains.
func (w Work) left() Work {
	w.Duty, w.DutyDue = NoDuty, time.Time{}
	w.InClassSince, w.ReturnRevision, w.FollowUpsDone, w.MissedOn = time.Time{}, 0, 0, time.Time{}
	return w
}

// outOfClass is left, and no B finding to review either.
func (w Work) outOfClass() Work {
	w.UnderReview = false
	return w.left()
}

// AfterVisit plans the next visit, or none with the zero day. Only an entry that needs
// persuading has one.
func (w Work) AfterVisit(next time.Time) Work {
	if !strings.HasPrefix(w.Code, "A") || w.VisitDue.Equal(next) {
		return w
	}
	w = w.changed()
	w.VisitDue = next
	return w
}

// AfterDuty is the work once the record's number is known.
func (w Work) AfterDuty() Work {
	w = w.changed()
	w.Duty, w.DutyDue, w.HasRecord = DutyDone, time.Time{}, true
	return w
}

// AfterFollowUp is the work once a check found the child in class.
func (w Work) AfterFollowUp() Work {
	w = w.changed()
	w.FollowUpsDone++
	w.MissedOn = time.Time{}
	return w
}

// AfterMissed is the work once a check did not find the child in class. It changes no
// outcome: from that day on the clerk owes a finding that says what became of the child,
// or a check that finds it.
func (w Work) AfterMissed(on time.Time) Work {
	w = w.changed()
	w.MissedOn = on
	return w
}

// AfterDrawn puts the entry under review.
func (w Work) AfterDrawn() Work {
	w = w.changed()
	w.UnderReview = true
	return w
}

// AfterConfirmed ends the review with the finding as it is.
func (w Work) AfterConfirmed() Work {
	w = w.changed()
	w.UnderReview = false
	return w
}

// AfterReturned gives the entry back to whom it belongs.
func (w Work) AfterReturned(on time.Time, r Rules) Work {
	w = w.changed()
	w.UnderReview, w.Returned = false, true
	w.ReturnedDue = r.Calendar.After(on, r.Deadlines.Returned)
	return w
}

func (w Work) changed() Work {
	w.Version++
	if w.Duty == "" {
		w.Duty = NoDuty
	}
	return w
}
