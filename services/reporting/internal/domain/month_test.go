package domain_test

import (
	"testing"
	"time"
	// The real zone, whatever the machine has: the code has an offset of its own.
	_ "time/tzdata"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

func month(t interface{ Fatal(...any) }, text string) domain.Month {
	m, err := domain.ParseMonth(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestOnlyYearAndMonthAreAMonth(t *testing.T) {
	for _, text := range []string{
		"", "2019", "2019-7", "2019-00", "2019-13", "2019-07-01", "201907", "19-07", " 2019-07", "2019-07 ", "2019/07", "2019-7 ",
		"-019-07", "２019-07", "2019年7月",
	} {
		m, err := domain.ParseMonth(text)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Reason != "MONTH_INVALID" ||
			len(f.Violations) != 1 || f.Violations[0].Field != "month" || f.Violations[0].Message == "" {
			t.Errorf("%q: %q, %v", text, m, err)
		}
	}
}

func FuzzParseMonth(f *testing.F) {
	for _, text := range []string{"2019-07", "2019-12", "0000-01", "9999-12", "2019-13", "2019-7", "2019-07Z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := domain.ParseMonth(text)
		if err != nil {
			return
		}
		if m.String() != text || m.Start().Format("2006-01-02T15:04:05.999Z07:00") != text+"-01T00:00:00+08:00" || !m.Start().Before(m.End()) {
			t.Errorf("%q: %s from %s to %s", text, m, m.Start(), m.End())
		}
	})
}

func TestTheCutoffIsTheFirstInstantOfTheNextMonthInShanghai(t *testing.T) {
	for text, want := range map[string]string{
		"2019-07": "2019-07-31T16:00:00Z",
		"2019-12": "2019-12-31T16:00:00Z",
		"2019-02": "2019-02-28T16:00:00Z",
		"2020-02": "2020-02-29T16:00:00Z",
	} {
		if got := month(t, text).End(); !got.Equal(instant(want)) {
			t.Errorf("%s ends at %s, want %s", text, got.UTC(), want)
		}
	}
	if next := month(t, "2020-01"); !month(t, "2019-12").End().Equal(next.Start()) {
		t.Error("a gap between December and January")
	}
}

func TestEveryInstantIsInOneMonth(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(rapid.IntRange(2000, 2100).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, shanghai)
		m := month(t, first.Format("2006-01"))
		if !m.Start().Equal(first) || !m.End().Equal(month(t, first.AddDate(0, 1, 0).Format("2006-01")).Start()) {
			t.Fatalf("%s is from %s to %s", m, m.Start(), m.End())
		}
		last := m.End().Add(-time.Microsecond)
		if name := last.In(shanghai).Format("2006-01"); name != m.String() {
			t.Errorf("the last microsecond of %s is in %s", m, name)
		}
	})
}

func TestWhatACloseAtAnInstantMeans(t *testing.T) {
	m := month(t, "2019-12")
	for _, c := range []struct {
		name, now string
		state     domain.State
		cutoff    string
		reason    string
	}{
		{"long after the month", "2021-05-01T00:00:00Z", domain.Closed, "2019-12-31T16:00:00Z", ""},
		{"at its end", "2019-12-31T16:00:00Z", domain.Closed, "2019-12-31T16:00:00Z", ""},
		{"a microsecond before", "2019-12-31T15:59:59.999999Z", domain.Interim, "2019-12-31T15:59:59.999999Z", ""},
		{"nanoseconds, which the database does not have", "2019-12-31T15:59:59.999999999Z", domain.Interim, "2019-12-31T15:59:59.999999Z", ""},
		{"at its start", "2019-11-30T16:00:00Z", domain.Interim, "2019-11-30T16:00:00Z", ""},
		{"before it", "2019-11-30T15:59:59.999999Z", "", "", "MONTH_IN_FUTURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cutoff, state, err := m.Cutoff(instant(c.now))
			if c.reason != "" {
				if !fault.Is(err, c.reason) {
					t.Fatalf("%s %s, %v", state, cutoff, err)
				}
				return
			}
			if err != nil || state != c.state || !cutoff.Equal(instant(c.cutoff)) {
				t.Errorf("%s %s, %v; want %s %s", state, cutoff.UTC(), err, c.state, c.cutoff)
			}
		})
	}
}

// A month is over at its end in Beijing, and the one that something began in counts.
func TestMonthsAreOverAtTheirEnds(t *testing.T) {
	for _, c := range []struct {
		since, until string
		want         int
	}{
		{"2019-07-15T00:00:00Z", "2019-07-15T00:00:00Z", 0},
		{"2019-07-15T00:00:00Z", "2019-07-31T15:59:59Z", 0},
		{"2019-07-15T00:00:00Z", "2019-07-31T16:00:00Z", 1},
		// July's cut-off: August is not over before September.
		{"2019-07-31T16:00:00Z", "2019-07-31T16:00:00Z", 0},
		{"2019-07-31T16:00:00Z", "2019-08-31T15:59:59Z", 0},
		{"2019-07-31T16:00:00Z", "2019-08-31T16:00:00Z", 1},
		{"2019-11-30T16:00:00Z", "2020-02-15T00:00:00Z", 2},
	} {
		if got := domain.Over(instant(c.since), instant(c.until)); got != c.want {
			t.Errorf("from %s to %s: %d months, want %d", c.since, c.until, got, c.want)
		}
	}
}
