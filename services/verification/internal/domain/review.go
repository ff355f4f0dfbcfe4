package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// ReviewState is where a review stands.
type ReviewState string

// The states of a review.
const (
	ReviewOpen      ReviewState = "OPEN"
	ReviewConfirmed ReviewState = "CONFIRMED"
	ReviewReturned  ReviewState = "RETURNED"
	ReviewLapsed    ReviewState = "LAPSED"
)

// Sample is a drawn sample of B findings.
type Sample struct {
	ID, Region, Code, Month string
	Size                    int
	Seed                    int64
	// Population is how many findings it was drawn from.
	Population, Drawn, Open int
	Author                  string
	At                      time.Time
}

// Review is one finding's review. While it is open nothing tells what the finding came
// to.
type Review struct {
	ID, SampleID, EntryID, CountyCode string
	State                             ReviewState
	Revision                          int64
	Code, Author                      string
	JudgedCode, Reason, Reviewer      string
	DecidedAt                         time.Time
	// Evidence is the finding with what it rests on.
	Evidence Finding
}

// Decision is what a reviewer says of a finding.
type Decision struct {
	Confirm bool
	// Revision of the finding that the reviewer was shown.
	Revision int64
	// JudgedCode is where the evidence leads to.
	JudgedCode string
	// Reason is for the clerk, of a return.
	Reason string
}

// Check reports what the decision lacks.
func (d Decision) Check() error {
	var violations []fault.Violation
	if d.Confirm && d.JudgedCode == "" {
		violations = append(violations, fault.Violation{Field: "judged_code", Reason: "REQUIRED", Message: "请根据材料选择核查结果"})
	}
	if !d.Confirm && fault.Unsaid(d.Reason) {
		violations = append(violations, fault.Violation{Field: "reason", Reason: "REQUIRED", Message: "请填写退回理由，以便填报单位重核"})
	}
	return fault.FromViolations("INVALID_REQUEST", "请补充填写后提交", violations)
}

// MayDecide refuses a decision on a finding of the reviewer's own, or of a clerk of the
// reviewer's own region: the province's own queue is the province's own work.
func (d Decision) MayDecide(reviewer Author, f Finding) error {
	switch {
	case f.AuthorID == reviewer.ID:
		return fault.New(fault.Denied, "REVIEW_OWN_FINDING", "不能审核本人填报的核查结果")
	case reviewer.Province && f.CountyCode == "":
		return fault.New(fault.Denied, "REVIEW_OWN_REGION", "不能审核本级填报的核查结果")
	case f.Revision != d.Revision:
		return Conflict(f)
	case d.Confirm && f.Code != d.JudgedCode:
		return fault.New(fault.Precondition, "REVIEW_DIFFERS", "您的判断与原核查结果不一致，请核对；确不一致的，请退回重核并说明理由")
	}
	return nil
}

// What a review is refused with.
var (
	ErrReviewDecided = fault.New(fault.Conflict, "REVIEW_DECIDED", "该条已审核")
	ErrReviewLapsed  = fault.New(fault.Precondition, "REVIEW_LAPSED", "该条核查结果已改为非 B 类，无需审核")
	ErrSampleEmpty   = fault.New(fault.Precondition, "SAMPLE_EMPTY", "没有符合条件的待审核记录")
)

// OverturnRate counts decided reviews of one county and code.
type OverturnRate struct {
	CountyCode, Code  string
	Decided, Returned int
}
