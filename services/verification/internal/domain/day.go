package domain

import "time"

// Today is the civil day in Asia/Shanghai at an instant, as midnight UTC: how all days
// of this package are written.
func Today(now time.Time) time.Time {
	y, m, d := now.In(Shanghai).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Calendar counts working days.
type Calendar interface {
	// After is the nth working day after a day.
	After(day time.Time, n int) time.Time
}
