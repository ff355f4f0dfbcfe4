package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// ClosingStep is where a close is.
type ClosingStep string

// The steps of a close, in their order, and its two ends.
const (
	Waiting  ClosingStep = "WAITING"
	Counting ClosingStep = "COUNTING"
	Storing  ClosingStep = "STORING"
	Done     ClosingStep = "DONE"
	Failed   ClosingStep = "FAILED"
)

// ClosingRun is the newest close of a month.
type ClosingRun struct {
	Month                Month
	Step                 ClosingStep
	Author               string
	StartedAt, UpdatedAt time.Time
	// Reason and Message tell why it failed, and what to do.
	Reason, Message string
}

// Failure is what those who wait for a close are told of its error: nothing of a cause that
// nobody classified.
func Failure(err error) (reason, message string) {
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		return f.Reason, f.Message
	}
	return "INTERNAL", "汇总未完成，没有生成月报；请运维人员查看 reporting 的日志，排除后重新汇总"
}
