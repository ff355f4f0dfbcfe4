package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/services/reporting/internal/domain"
)

func division(code, level, parent string) domain.Region {
	return domain.Region{Code: code, Name: "名" + code, Level: level, Parent: parent}
}

// Two cities of three and two counties.
var divisions = []domain.Region{
	division("330100", domain.LevelCity, domain.Province.Code),
	division("330102", domain.LevelCounty, "330100"),
	division("330105", domain.LevelCounty, "330100"),
	division("330106", domain.LevelCounty, "330100"),
	division("330300", domain.LevelCity, domain.Province.Code),
	division("330302", domain.LevelCounty, "330300"),
	division("330327", domain.LevelCounty, "330300"),
}

func entries(county string, source domain.Source, code string, n int64) domain.Bucket {
	return domain.Bucket{County: county, Source: source, Code: code, Entries: n}
}

func ranks(table []domain.Row) map[string]int {
	got := map[string]int{}
	for _, r := range table {
		if r.Rank != 0 {
			got[r.Region.Code] += r.Rank
		}
	}
	return got
}

func TestTiesShareARankAndTheNextIsSkipped(t *testing.T) {
	table, err := domain.Table([]domain.Bucket{
		entries("330102", 1, "A1", 1), entries("330102", 2, "", 1), // a half
		entries("330105", 1, "B2", 2), entries("330105", 1, "", 2), // the same half of more
		entries("330106", 1, "B10", 3),                               // all
		entries("330302", 1, "99", 5), entries("330302", 1, "A8", 1), // 99 is not 核查
		entries("", 1, "B1", 9), // the queue is nobody's rival
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	// 330327 has no entries: no rate, no rank.
	want := map[string]int{"330106": 1, "330102": 2, "330105": 2, "330302": 4, "330100": 1, "330300": 2}
	if diff := cmp.Diff(want, ranks(table)); diff != "" {
		t.Error(diff)
	}
}

// Both would be shown as 33.33%.
func TestRanksCompareExactly(t *testing.T) {
	table, err := domain.Table([]domain.Bucket{
		entries("330102", 1, "A1", 33333), entries("330102", 1, "", 66667),
		entries("330105", 1, "A1", 1), entries("330105", 1, "", 2),
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	if got := ranks(table); got["330105"] != 1 || got["330102"] != 2 {
		t.Errorf("%v", got)
	}
}
