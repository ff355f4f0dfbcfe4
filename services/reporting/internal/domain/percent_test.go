package domain_test

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/reporting/internal/domain"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		name        string
		part, whole int64
		want        string
	}{
		{"no rate over zero", 0, 0, "—"},
		{"nothing", 0, 5, "0.00%"},
		{"all", 5, 5, "100.00%"},
		{"a third is rounded down", 1, 3, "33.33%"},
		{"two thirds are rounded up", 2, 3, "66.67%"},
		{"a half is rounded up", 1, 800, "0.13%"},
		{"one child short of all is not all", 199999, 200000, "99.99%"},
		{"one child is not nothing", 1, 200000, "0.01%"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := domain.Percent(c.part, c.whole); got != c.want {
				t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
			}
		})
	}
}

// Against exact fractions: off by half of the last digit at most, except where
// that would say all or nothing of what is neither.
func TestPercentIsTheNearestThatDoesNotLie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, 50_000_000).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		text := domain.Percent(part, whole)
		var units, hundredths int64
		if _, err := fmt.Sscanf(text, "%d.%02d%%", &units, &hundredths); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		shown := units*100 + hundredths
		off := new(big.Rat).Sub(big.NewRat(part*10000, whole), big.NewRat(shown, 1))
		half := big.NewRat(1, 2)
		inside := shown == 9999 || shown == 1
		if off.Abs(off).Cmp(half) > 0 && !inside {
			t.Errorf("%d of %d is shown as %s", part, whole, text)
		}
		if off.Cmp(big.NewRat(1, 1)) >= 0 {
			t.Errorf("%d of %d is shown as %s", part, whole, text)
		}
		if (text == "100.00%") != (part == whole) || (text == "0.00%") != (part == 0) {
			t.Errorf("%d of %d is shown as %s", part, whole, text)
		}
	})
}

func rateOf(row domain.Row, key string) string {
	f, ok := domain.FigureOf(key)
	if !ok {
		return "no figure " + key
	}
	return f.Rate(&row)
}

// DOMAIN §4: 核查率 = (A+B)/台账总数, 99 is not 核查; 劝返率 is over all who ever had an A.
func TestRatesHaveTheirDenominators(t *testing.T) {
	row := domain.Row{Total: 8, Pending: 2, Unconfirmed: 2, A: 1, B: 3, EverA: 3, Returned: 2}
	if got := rateOf(row, "verifiedRate"); got != "50.00%" {
		t.Errorf("核查率 %s", got)
	}
	if got := rateOf(row, "returnedRate"); got != "66.67%" {
		t.Errorf("劝返率 %s", got)
	}
	pending := domain.Row{Total: 8, Pending: 8}
	if v, r := rateOf(pending, "verifiedRate"), rateOf(pending, "returnedRate"); v != "0.00%" || r != "—" {
		t.Errorf("nothing done: 核查率 %s, 劝返率 %s", v, r)
	}
}
