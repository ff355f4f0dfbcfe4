package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// FollowUpForm is a check after the return to class, as the clerk filled it in.
type FollowUpForm struct {
	Date    string
	InClass bool
	Note    string
}

// FollowUp is a recorded check.
type FollowUp struct {
	// Number is 1 for the first check after a return; one that did not find the child in
	// class has the number of the check that remains due.
	Number  int
	Date    time.Time
	InClass bool
	Note    string
	Author  string
	At      time.Time
}

// StatusReport is what the student-record system said of a child: a proposal to check.
type StatusReport struct {
	InClass              bool
	School, SchoolRegion string
	At                   time.Time
}

// Proposal is an entry whose child is said to be in class, while its findings say
// otherwise.
type Proposal struct {
	EntryID, CountyCode string
	// Code is empty while the entry is pending.
	Code string
	At   time.Time
}

// Check reports all violations at once and returns the day of the check. today is a day
// as Today gives it.
func (f FollowUpForm) Check(today time.Time) (day time.Time, err error) {
	var c formChecker
	day, _ = c.pastDay("date", "回访日期", f.Date, Entry{}, today)
	if !f.InClass && fault.Unsaid(f.Note) {
		c.violate("note", "REQUIRED", "该生不在校，请填写现状，并按实际情况重新填报核查结果")
	}
	c.texts([]textField{{"note", "说明", f.Note, maxLong, false}})
	return day, fault.FromViolations("FOLLOW_UP_INVALID", "回访记录填写有误，请按提示修改后保存", c.violations)
}

// MayFollowUp refuses a check of a child who did not come back, or from before that.
func (w Work) MayFollowUp(day time.Time) error {
	switch {
	case w.InClassSince.IsZero():
		return fault.New(fault.Precondition, "NOT_IN_CLASS", "该生没有返校记录，无需回访")
	case day.Before(w.InClassSince):
		return fault.FromViolations("FOLLOW_UP_INVALID", "回访记录填写有误，请按提示修改后保存", []fault.Violation{
			{Field: "date", Reason: "DATE_IN_PAST", Message: "回访日期不能早于返校日期 " + w.InClassSince.Format(time.DateOnly)},
		})
	}
	return nil
}

// What a duty's completion is refused with.
var (
	ErrDutyNotOpen         = fault.New(fault.Precondition, "DUTY_NOT_OPEN", "该记录没有待办的学籍事项")
	ErrRecordNumberDiffers = fault.New(fault.Conflict, "RECORD_NUMBER_DIFFERS", "该学籍事项已用另一个学籍号办结，请核对")
	// ErrNotFound is for what the caller does not see, and for what there is not.
	ErrNotFound = fault.New(fault.NotFound, "NOT_FOUND", "记录不存在")
)

// CheckRecordNumber refuses a number that says nothing.
func CheckRecordNumber(number string) error {
	if !fault.Unsaid(number) {
		return nil
	}
	return fault.FromViolations("STUDENT_NUMBER_REQUIRED", "请填写学籍号", []fault.Violation{
		{Field: "record_number", Reason: "REQUIRED", Message: "请填写学籍号"},
	})
}

// WorkDetail is all about an entry's work.
type WorkDetail struct {
	WorkState
	FollowUps []FollowUp
	// TagChanges are newest first; the first holds.
	TagChanges []TagChange
	// RecordNumberEnding are the last four characters of the number that closed the
	// newest duty.
	RecordNumberEnding string
	StatusReports      []StatusReport
	ReturnReason       string
}

// Tags are those that hold.
func (d WorkDetail) Tags() []Tag {
	if len(d.TagChanges) == 0 {
		return nil
	}
	return d.TagChanges[0].Tags
}
