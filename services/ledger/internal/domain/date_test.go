package domain_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

// cellDate is how a birth date comes out of a row: cleaned first, as every cell is.
func cellDate(t *testing.T, cell string) (string, []domain.Flag) {
	t.Helper()
	row := read(t, childHeads, []string{"王明", "H12345678", cell})
	return row.BirthDate, row.Flags[1:]
}

// Through a cell, which is cleaned first. 36526 is Excel's own example of a serial.
func TestDatesInFullWidthCells(t *testing.T) {
	for cell, want := range map[string]string{
		"２０００－１－１":             "2000-01-01",
		"２０００／０１／０１":           "2000-01-01",
		"２０００年１月１日":            "2000-01-01",
		"3.6526E+4":            "2000-01-01",
		"３６５２６":                "2000-01-01",
		"2000-02-29T00:00:00Z": "2000-02-29",
		"73000":                "2099-11-11",
	} {
		if got, flags := cellDate(t, cell); got != want || len(flags) != 0 {
			t.Errorf("%q: got %q, %v", cell, got, flags)
		}
	}
}

func TestWhatIsNoDateStaysAsGiven(t *testing.T) {
	for _, cell := range []string{
		"2001-2-29", "2000-13-1", "2000-0-1", "1899-12-31", "2101-1-1", "20001301", "不详", "73001", "Inf", "1-1-2000", "2000年",
	} {
		got, flags := cellDate(t, cell)
		if got != cell || len(flags) != 1 || flags[0] != domain.FlagBirthUnreadable {
			t.Errorf("%q: got %q, %v", cell, got, flags)
		}
	}
}

// A day is the same day however it is written.
func TestEveryFormatGivesTheSameDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.IntRange(20000, 72999).Draw(t, "serial")
		day := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, serial)
		want := day.Format(time.DateOnly)
		for _, text := range []string{
			want, day.Format("2006-1-2"), day.Format("2006/1/2"), day.Format("2006.01.02"), day.Format("2006年1月2日"),
			day.Format("20060102"), strconv.Itoa(serial), fmt.Sprintf("%d.5", serial), domain.Clean(fullWidth(day.Format("2006-1-2"))),
		} {
			if got, ok := domain.ReadDate(text); !ok || got != want {
				t.Fatalf("%q: got %q, %v, want %s", text, got, ok, want)
			}
		}
	})
}

// fullWidth writes the signs of ASCII as an input method for Chinese does.
func fullWidth(text string) string {
	wide := []rune(text)
	for i, r := range wide {
		switch {
		case r == ' ':
			wide[i] = '\u3000'
		case r > ' ' && r <= '~':
			wide[i] = r - '!' + '！'
		}
	}
	return string(wide)
}
