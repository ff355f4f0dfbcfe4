// Package calendar counts working days: Monday to Friday, but for public holidays and
// the weekend days that are worked instead. Which these are is announced each year, so
// they are data.
package calendar

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// announced are the days of the years whose arrangement (国务院办公厅关于部分节假日安排的通知)
// is known; other years have weekends only.
//
//go:embed announced.json
var announced []byte

// Calendar tells working days. The zero Calendar knows weekends only.
type Calendar struct{ free, worked map[string]bool }

// FileUsage describes the setting of Load's path to the operator.
const FileUsage = "JSON file of public holidays and worked weekend days, as pkg/calendar/announced.json; empty for those that came with the program"

// Load reads a file {"free": ["2026-01-01", …], "worked": ["2026-01-04", …]}; an empty
// path gives the days that came with the program.
func Load(path string) (Calendar, error) {
	data := announced
	if path != "" {
		var err error
		if data, err = os.ReadFile(path); err != nil {
			return Calendar{}, fmt.Errorf("calendar: %w", err)
		}
	}
	return parse(data)
}

func parse(data []byte) (Calendar, error) {
	var file struct{ Free, Worked []string }
	if err := json.Unmarshal(data, &file); err != nil {
		return Calendar{}, fmt.Errorf("calendar: %w", err)
	}
	c := Calendar{free: map[string]bool{}, worked: map[string]bool{}}
	for days, set := range map[*[]string]map[string]bool{&file.Free: c.free, &file.Worked: c.worked} {
		for _, day := range *days {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				return Calendar{}, fmt.Errorf("calendar: %w", err)
			}
			set[day] = true
		}
	}
	return c, nil
}

// Works reports whether a day is worked.
func (c Calendar) Works(day time.Time) bool {
	text := day.Format(time.DateOnly)
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	return c.worked[text] || !weekend && !c.free[text]
}

// After is the nth working day after a day; with n = 0 it is the day itself.
func (c Calendar) After(day time.Time, n int) time.Time {
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if c.Works(day) {
			n--
		}
	}
	return day
}
