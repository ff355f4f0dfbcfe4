package app

import (
	"slices"
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

// Two rows may be one child's without anything that says so: both are kept, and each counts for
// itself. Only a row whose number and name an earlier one has is that row's child's again.
func TestARowIsAgainOnlyWhatAnEarlierOneNamed(t *testing.T) {
	// The second is the first as a number cell keeps it: its last three digits may have been others.
	const number, rounded = "330106201005090000", "3.3010620100509E+17"
	header, ok := domain.ReadHeader([]string{"姓名", "证件号码", "出生日期"})
	if !ok {
		t.Fatal("no header")
	}
	for name, c := range map[string]struct {
		numbers []string
		// again and like tell which rows are an earlier one's child, and which may be.
		again, like []bool
	}{
		"the number twice":               {[]string{number, number}, []bool{false, true}, []bool{false, true}},
		"rounded first":                  {[]string{rounded, number, number}, []bool{false, false, true}, []bool{false, true, true}},
		"rounded later":                  {[]string{number, rounded, number}, []bool{false, false, true}, []bool{false, true, true}},
		"rounded twice, then the number": {[]string{rounded, rounded, number}, []bool{false, false, false}, []bool{false, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDistribution(nil, nil)
			keys := map[[32]byte]bool{}
			for i, n := range c.numbers {
				row, _ := domain.ReadRow(header, []string{"王明", n, "2010-05-09"})
				got := d.staged(row, i)
				if got.Again != c.again[i] || slices.Contains(got.Flags, domain.FlagDuplicate) != c.like[i] {
					t.Errorf("row %d: again %v, %v", i, got.Again, got.Flags)
				}
				if keys[got.Key] != got.Again {
					t.Errorf("row %d: again %v, but its key was met: %v", i, got.Again, keys[got.Key])
				}
				keys[got.Key] = true
			}
		})
	}
}
