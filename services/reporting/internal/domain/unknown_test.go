package domain_test

import (
	"slices"
	"strings"
	"testing"

	"baoxue.internal/services/reporting/internal/domain"
)

// A child of a county that the month's divisions do not have is in a row that
// says so, and in every sum above it.
func TestACountyOutsideTheDivisionsIsNotLost(t *testing.T) {
	table, err := domain.Table([]domain.Bucket{
		entries("330106", 1, "A1", 1), entries("330199", 1, "B2", 2), entries("332582", 2, "", 4),
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]domain.Row{}
	for _, r := range table {
		if r.Source == domain.AllSources {
			got[r.Region.Code] = r
		}
	}
	for code, want := range map[string]struct {
		total  int64
		parent string
		known  bool
	}{
		"330199": {2, "330100", false},
		"330100": {3, "330000", true},
		"332582": {4, "332500", false},
		"332500": {4, "330000", false},
		"330000": {7, "", true},
	} {
		r := got[code]
		if r.Total != want.total || r.Region.Parent != want.parent {
			t.Errorf("%s: %d entries under %q, want %d under %q", code, r.Total, r.Region.Parent, want.total, want.parent)
		}
		if marked := strings.Contains(r.Region.Name, code) && strings.Contains(r.Region.Name, "当月不在区划中"); marked == want.known {
			t.Errorf("%s is called %q", code, r.Region.Name)
		}
	}
}

// What has no column, no row, or would be counted twice makes no table, and the
// error says what is wrong.
func TestWhatCannotBeCountedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		bucket domain.Bucket
		says   string
	}{
		"an unknown code":               {entries("330106", 1, "C1", 1), `"C1"`},
		"a group instead of a code":     {entries("330106", 1, "A", 1), `"A"`},
		"a code in lower case":          {entries("330106", 1, "a1", 1), `"a1"`},
		"an unknown source":             {entries("330106", 4, "A1", 1), "unknown source 4"},
		"all sources as a source":       {entries("330106", domain.AllSources, "A1", 1), "do not add up"},
		"a city, which handles nothing": {entries("330100", 1, "A1", 1), `"330100", which is no county`},
		// It once became a city that is its own parent, and the sums never ended.
		"the province as a county":   {entries("330000", 1, "A1", 1), `"330000", which is no county`},
		"a county without a city":    {entries("339001", 1, "A1", 1), `"339001", which is no county`},
		"a code that is no region's": {entries("33", 1, "A1", 1), `"33", which is no county`},
	} {
		t.Run(name, func(t *testing.T) {
			regions := append(slices.Clone(divisions), division("339001", domain.LevelCounty, domain.Province.Code))
			table, err := domain.Table([]domain.Bucket{entries("330106", 1, "A1", 1), c.bucket}, regions)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d rows, %v; want an error that says %s", len(table), err, c.says)
			}
		})
	}
}
