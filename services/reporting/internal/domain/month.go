// Package domain holds the definitions of the month-end figures (DOMAIN §4).
package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// Shanghai is the time zone of all months.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Month is a calendar month in Asia/Shanghai.
type Month struct {
	name  string
	start time.Time
}

// ParseMonth reads yyyy-mm.
func ParseMonth(text string) (Month, error) {
	start, err := time.ParseInLocation("2006-01", text, Shanghai)
	if err != nil || len(text) != len("2006-01") {
		return Month{}, fault.FromViolations("MONTH_INVALID", "月份格式有误", []fault.Violation{
			{Field: "month", Reason: "MONTH_INVALID", Message: "月份应写作 2019-07"},
		})
	}
	return Month{name: text, start: start}, nil
}

// String returns yyyy-mm.
func (m Month) String() string { return m.name }

// Start is the month's first instant.
func (m Month) Start() time.Time { return m.start }

// End is the first instant of the next month: the cut-off.
func (m Month) End() time.Time { return m.start.AddDate(0, 1, 0) }

// Over counts the months that ended after one instant, the one it is in among them, and not after another.
func Over(since, until time.Time) int {
	a, b := since.In(Shanghai), until.In(Shanghai)
	return 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
}

// State of a snapshot.
type State string

// The states.
const (
	Interim State = "INTERIM"
	Closed  State = "CLOSED"
)

// Cutoff says what a close at now means: a month that is over is closed at its
// end, a running one gets an interim snapshot as of now, a future one is refused.
func (m Month) Cutoff(now time.Time) (time.Time, State, error) {
	switch {
	case !now.Before(m.End()):
		return m.End(), Closed, nil
	case now.Before(m.start):
		return time.Time{}, "", fault.FromViolations("MONTH_IN_FUTURE", "该月份尚未开始，不能汇总", []fault.Violation{
			{Field: "month", Reason: "MONTH_IN_FUTURE", Message: "请选择本月或以前的月份"},
		})
	}
	return now.Truncate(time.Microsecond), Interim, nil
}

// Before is the month before.
func (m Month) Before() Month {
	start := m.start.AddDate(0, -1, 0)
	return Month{name: start.Format("2006-01"), start: start}
}
