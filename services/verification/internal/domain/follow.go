package domain

import (
	"strings"
	"time"
	"unicode/utf8"

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
	var violations []fault.Violation
	violate := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	day, err = time.Parse(time.DateOnly, f.Date)
	switch {
	case f.Date == "":
		violate("date", "REQUIRED", "请填写回访日期")
	case err != nil:
		violate("date", "DATE_INVALID", "回访日期应为 2019-07-17 这样的日期")
	case day.After(today):
		violate("date", "DATE_IN_FUTURE", "回访日期不能晚于今天")
	}
	if !f.InClass && strings.TrimSpace(f.Note) == "" {
		violate("note", "REQUIRED", "该生不在校，请填写现状，并按实际情况重新填报核查结果")
	}
	if utf8.RuneCountInString(f.Note) > maxLong {
		violate("note", "TOO_LONG", "说明过长，请精简")
	}
	return day, fault.FromViolations("FOLLOW_UP_INVALID", "回访记录填写有误，请按提示修改后保存", violations)
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
	if strings.TrimSpace(number) != "" {
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
