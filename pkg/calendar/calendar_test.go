package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestAfterSkipsWeekendsAndHolidays(t *testing.T) {
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-23", 0, "2026-11-23"},
		{"2026-11-23", 4, "2026-11-27"},
		{"2026-11-27", 1, "2026-11-30"},
		{"2026-09-30", 1, "2026-10-08"},
		// The Saturday is worked for a free day of the week before.
		{"2026-10-09", 1, "2026-10-10"},
		{"2026-02-13", 2, "2026-02-24"},
	} {
		if got := c.After(day(x.from), x.n).Format(time.DateOnly); got != x.want {
			t.Errorf("%d working days after %s: %s, want %s", x.n, x.from, got, x.want)
		}
	}
}

// Between a day and its nth working day lie exactly n working days.
func TestAfterCountsWorkingDays(t *testing.T) {
	c, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := day("2026-01-01").AddDate(0, 0, rapid.IntRange(0, 800).Draw(t, "day"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		worked, end := 0, c.After(from, n)
		for d := from.AddDate(0, 0, 1); !d.After(end); d = d.AddDate(0, 0, 1) {
			if c.Works(d) {
				worked++
			}
		}
		if worked != n || !c.Works(end) {
			t.Fatalf("%d working days up to %v, want %d", worked, end, n)
		}
	})
}

func TestWhatIsNoDayIsRefused(t *testing.T) {
	for _, file := range []string{`{"free": ["2026-02-30"]}`, `{"worked": ["tomorrow"]}`, `[]`} {
		if _, err := parse([]byte(file)); err == nil {
			t.Errorf("%s is a calendar", file)
		}
	}
}
