package domain_test

import (
	"testing"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// everyDayWorks makes deadlines easy to read.
type everyDayWorks struct{}

func (everyDayWorks) After(day time.Time, n int) time.Time { return day.AddDate(0, 0, n) }

var workRules = domain.Rules{Calendar: everyDayWorks{}, Settings: domain.Settings{
	Deadlines:    domain.Deadlines{Returned: 2, Persuasion: 20, Unconfirmed: 10, Duty: 5},
	FollowUpDays: []int{30, 60},
	Recheck:      domain.Recheck{Codes: []string{"B9"}, Months: 3},
	LegalLadder: domain.LegalLadder{
		{Code: "EDUCATION", Name: "宣传教育", Days: 3},
		{Code: "ORDER", Name: "责令改正", Days: 40, Document: true},
		{Code: "PENALTY", Name: "行政处罚", Document: true},
		{Code: "ENFORCEMENT", Name: "强制执行或诉讼", Days: 9, Document: true},
	},
}}

func date(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

// A case for each rule of what follows a finding (DOMAIN §3, "Life of an entry").
func TestWhatFollowsAFinding(t *testing.T) {
	type step func(domain.Work) domain.Work
	finding := func(code, on string, hasRecord bool) step {
		return func(w domain.Work) domain.Work {
			return w.AfterFinding(domain.Found{Revision: w.Revision + 1, Code: code, HasRecord: hasRecord, On: date(on)}, workRules)
		}
	}
	found := func(code, on string) step { return finding(code, on, false) }
	checked := domain.Work.AfterFollowUp
	missed := func(w domain.Work) domain.Work { return w.AfterMissed(date("2026-02-20")) }
	done := domain.Work.AfterDuty
	drawn := domain.Work.AfterDrawn
	confirmed := domain.Work.AfterConfirmed
	returned := func(w domain.Work) domain.Work { return w.AfterReturned(date("2026-03-01"), workRules) }
	visit := func(next string) step { return func(w domain.Work) domain.Work { return w.AfterVisit(date(next)) } }
	legal := func(code string, days ...string) step {
		return func(w domain.Work) domain.Work {
			var steps []domain.LegalStep
			for _, on := range days {
				steps = append(steps, domain.LegalStep{LegalStepForm: domain.LegalStepForm{Code: code}, On: date(on), Revision: w.Revision})
			}
			return w.AfterLegalSteps(steps, workRules)
		}
	}

	for _, c := range []struct {
		name   string
		steps  []step
		duty   domain.Duty
		closed bool
		due    string
	}{
		{"99 is due", []step{found("99", "2026-01-01")}, domain.NoDuty, false, "2026-01-11 UNCONFIRMED"},
		{"99 again gives no new time", []step{found("99", "2026-01-01"), found("99", "2026-01-08")}, domain.NoDuty, false, "2026-01-11 UNCONFIRMED"},
		{"A is open work", []step{found("A1", "2026-01-01")}, domain.NoDuty, false, "2026-01-21 PERSUASION"},
		{"another A code gives no new time", []step{found("A1", "2026-01-01"), found("A2", "2026-01-09")}, domain.NoDuty, false, "2026-01-21 PERSUASION"},
		{"the next visit comes first", []step{found("A1", "2026-01-01"), visit("2026-01-05")}, domain.NoDuty, false, "2026-01-05 VISIT"},
		{"a visit plans nothing for who needs no persuading", []step{found("B1", "2026-01-01"), visit("2026-01-05")}, domain.NoDuty, true, ""},
		{"the next step of the law comes instead", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-03")}, domain.NoDuty, false, "2026-02-12 LEGAL_STEP"},
		{"the same step again gives no new time", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-09", "2026-01-03")}, domain.NoDuty, false, "2026-02-12 LEGAL_STEP"},
		{"a step without a deadline sets none", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-03"), legal("PENALTY", "2026-01-05")}, domain.NoDuty, false, "2026-01-21 PERSUASION"},
		{"nor does the last", []step{found("A1", "2026-01-01"), legal("ENFORCEMENT", "2026-01-03")}, domain.NoDuty, false, "2026-01-21 PERSUASION"},
		{"nor one that was abolished", []step{found("A1", "2026-01-01"), legal("WARNING", "2026-01-03")}, domain.NoDuty, false, "2026-01-21 PERSUASION"},
		{"99 rests it", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-03"), found("99", "2026-01-04")}, domain.NoDuty, false, "2026-01-14 UNCONFIRMED"},
		{"and A takes it up", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-03"), found("99", "2026-01-04"), found("A1", "2026-01-05")}, domain.NoDuty, false, "2026-02-12 LEGAL_STEP"},
		{"B ends it", []step{found("A1", "2026-01-01"), legal("ORDER", "2026-01-03"), found("B1", "2026-01-04")}, domain.NoDuty, true, ""},
		{"some are found again in each quarter", []step{found("B9", "2026-01-01")}, domain.NoDuty, true, "2026-06-30 RECHECK"},
		{"whenever in the quarter it was found", []step{found("B9", "2026-01-01"), found("B9", "2026-06-30")}, domain.NoDuty, true, "2026-09-30 RECHECK"},
		{"over the year's end", []step{found("B9", "2026-12-31")}, domain.NoDuty, true, "2027-03-31 RECHECK"},
		{"another code ends it", []step{found("B9", "2026-01-01"), found("B1", "2026-02-01")}, domain.NoDuty, true, ""},
		{"B closes", []step{found("B1", "2026-01-01")}, domain.NoDuty, true, ""},
		{"B2 without an A before opens no duty", []step{found("B2", "2026-01-01")}, domain.NoDuty, true, ""},
		{"A to B3 without a record: create one", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01")}, domain.CreateRecord, false, "2026-02-06 DUTY"},
		{"A to B2 with a record: change its status", []step{found("A1", "2026-01-01"), finding("B2", "2026-02-01", true)}, domain.ChangeStatus, false, "2026-02-06 DUTY"},
		{"99 in between does not end the persuading", []step{found("A1", "2026-01-01"), found("99", "2026-01-02"), found("B3", "2026-02-01")}, domain.CreateRecord, false, "2026-02-06 DUTY"},
		{"A to B4 is another province's record", []step{found("A1", "2026-01-01"), found("B4", "2026-02-01")}, domain.NoDuty, true, "2026-03-03 FOLLOW_UP"},
		{"A to B1 is no return", []step{found("A1", "2026-01-01"), found("B1", "2026-02-01")}, domain.NoDuty, true, ""},
		{"a corrected B keeps the duty's day", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), finding("B2", "2026-02-03", true)}, domain.ChangeStatus, false, "2026-02-06 DUTY"},
		{"the done duty closes; the checks remain", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done}, domain.DutyDone, true, "2026-03-03 FOLLOW_UP"},
		{"each check leads to the next", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, checked}, domain.DutyDone, true, "2026-04-02 FOLLOW_UP"},
		{"the last check ends them", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, checked, checked}, domain.DutyDone, true, ""},
		{"a check that misses the child is due at once", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, missed}, domain.DutyDone, true, "2026-02-20 FOLLOW_UP"},
		{"until one finds the child", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, missed, checked}, domain.DutyDone, true, "2026-04-02 FOLLOW_UP"},
		{"or a finding says more", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, missed, found("B2", "2026-02-21")}, domain.DutyDone, true, "2026-03-03 FOLLOW_UP"},
		{"a relapse reopens", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, found("A2", "2026-03-01")}, domain.NoDuty, false, "2026-03-21 PERSUASION"},
		{"the second return has a record by now", []step{found("A1", "2026-01-01"), found("B3", "2026-02-01"), done, found("A2", "2026-03-01"), found("B2", "2026-04-01")}, domain.ChangeStatus, false, "2026-04-06 DUTY"},
		{"a review keeps it open", []step{found("B1", "2026-01-01"), drawn}, domain.NoDuty, false, ""},
		{"confirmed closes", []step{found("B1", "2026-01-01"), drawn, confirmed}, domain.NoDuty, true, ""},
		{"returned is due", []step{found("B1", "2026-01-01"), drawn, returned}, domain.NoDuty, false, "2026-03-03 RETURNED"},
		{"a finding answers the return", []step{found("B1", "2026-01-01"), drawn, returned, found("B1", "2026-03-02")}, domain.NoDuty, true, ""},
		{"another B does not escape the review", []step{found("B1", "2026-01-01"), drawn, found("B7", "2026-01-02")}, domain.NoDuty, false, ""},
		{"A ends the review", []step{found("B1", "2026-01-01"), drawn, found("A1", "2026-01-02"), found("B1", "2026-01-03")}, domain.NoDuty, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w domain.Work
			for i, step := range c.steps {
				if w = step(w); w.Version > int64(i+1) {
					t.Fatalf("version %d after %d steps", w.Version, i+1)
				}
			}
			s := w.State("e", "330106", workRules)
			due := ""
			if s.DueKind != domain.NotDue {
				due = s.DueDay() + " " + string(s.DueKind)
			}
			if w.Duty != c.duty || w.Closed() != c.closed || due != c.due {
				t.Errorf("duty %s, closed %t, due %q; want %s, %t, %q", w.Duty, w.Closed(), due, c.duty, c.closed, c.due)
			}
		})
	}
}

func TestARelapseIsLinkedToTheReturn(t *testing.T) {
	var w domain.Work
	for i, code := range []string{"A1", "B3", "A2", "B4", "99", "A1", "B2", "A5"} {
		w = w.AfterFinding(domain.Found{Revision: int64(i + 1), Code: code, On: date("2026-01-01")}, workRules)
	}
	// B4 was never unsaid by an A directly: 99 ended it as not established.
	if w.Relapses != 2 || w.RelapsedFrom != 7 {
		t.Errorf("%d relapses, the newest from revision %d", w.Relapses, w.RelapsedFrom)
	}
}
