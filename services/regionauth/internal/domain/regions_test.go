package domain_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/reference"
)

// today is fixed: the table's newest change is of 2021-04.
const today = "2026-11"

func load(t *testing.T) *domain.Regions {
	t.Helper()
	regions, err := domain.ParseRegions(reference.Regions)
	if err != nil {
		t.Fatal(err)
	}
	return regions
}

func countiesIn(regions *domain.Regions, month string) (cities, counties []string) {
	for _, r := range regions.Children(domain.Province, month, true) {
		if r.Level == domain.LevelCity {
			cities = append(cities, r.Code)
		} else {
			counties = append(counties, r.Code)
		}
	}
	return cities, counties
}

func TestZhejiangHasTheCountiesOfItsTime(t *testing.T) {
	regions := load(t)
	for month, want := range map[string][2]int{"2019-07": {11, 89}, today: {11, 90}} {
		cities, counties := countiesIn(regions, month)
		if len(cities) != want[0] || len(counties) != want[1] {
			t.Errorf("%s: %d cities, %d counties; want %v", month, len(cities), len(counties), want)
		}
	}
}

func TestARegionIsValidFromItsFirstMonthUpToItsLast(t *testing.T) {
	regions := load(t)
	// 下城区 ended and 临平区 began in 2021-04.
	for month, want := range map[string][2]bool{"2021-03": {true, false}, "2021-04": {false, true}} {
		_, counties := countiesIn(regions, month)
		if got := [2]bool{slices.Contains(counties, "330103"), slices.Contains(counties, "330113")}; got != want {
			t.Errorf("%s: %v, want %v", month, got, want)
		}
	}
}

func TestChildrenAreInOrderOfCode(t *testing.T) {
	regions := load(t)
	var codes []string
	for _, r := range regions.Children("", today, false) {
		codes = append(codes, r.Code)
	}
	if !slices.IsSorted(codes) || !slices.Contains(codes, domain.Province) {
		t.Errorf("provinces: %v", codes)
	}
}

func TestFullNameHasTheAncestors(t *testing.T) {
	regions := load(t)
	for code, want := range map[string]string{"330106": "浙江省杭州市西湖区", "330103": "浙江省杭州市下城区", "330000": "浙江省", "999999": ""} {
		if got := regions.FullName(code, today); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	regions := load(t)
	_, counties := countiesIn(regions, today)
	inHangzhou := slices.DeleteFunc(slices.Clone(counties), func(c string) bool { return !strings.HasPrefix(c, "3301") })
	inLishui := slices.DeleteFunc(slices.Clone(counties), func(c string) bool { return !strings.HasPrefix(c, "3311") })
	for name, c := range map[string]struct {
		code       string
		county     string
		reason     domain.Reason
		candidates []string
	}{
		"today's":                           {"330106", "330106", domain.Current, nil},
		"stayed while part of it left":      {"330110", "330110", domain.Current, nil},
		"renamed":                           {"330103", "330105", domain.Succeeded, nil},
		"through two changes":               {"330124", "330112", domain.Succeeded, nil},
		"moved with its prefecture":         {"332582", "331102", domain.Succeeded, nil},
		"split":                             {"330104", "", domain.Ambiguous, []string{"330102", "330114"}},
		"split, candidates in order":        {"330721", "", domain.Ambiguous, []string{"330702", "330703"}},
		"split later by a successor's part": {"330184", "", domain.Ambiguous, []string{"330110", "330113"}},
		"a city":                            {"330100", "", domain.NotACounty, inHangzhou},
		"an abolished prefecture":           {"332500", "", domain.NotACounty, inLishui},
		"the province":                      {"330000", "", domain.NotACounty, nil},
		"another province":                  {"310000", "", domain.OtherProvince, nil},
		"another province's county":         {"310101", "", domain.OtherProvince, nil},
		"never valid":                       {"330199", "", domain.Unknown, nil},
		"none":                              {"", "", domain.Missing, nil},
		"too short":                         {"3301", "", domain.Unknown, nil},
		"no digits":                         {"西湖区", "", domain.Unknown, nil},
		"full-width":                        {"３３０１０６", "", domain.Unknown, nil},
		"with a space":                      {"330106 ", "", domain.Unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := regions.Resolve(c.code, today)
			if got.County != c.county || got.Reason != c.reason || !slices.Equal(got.Candidates, c.candidates) {
				t.Errorf("Resolve(%q) = %+v, want %+v", c.code, got, c)
			}
		})
	}
}

// everInZhejiang are the codes that were valid at some time.
func everInZhejiang(regions *domain.Regions) []string {
	var codes []string
	for n := 330000; n < 340000; n++ {
		code := string([]byte{'3', '3', byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
		if _, ok := regions.Get(code); ok {
			codes = append(codes, code)
		}
	}
	return codes
}

func TestEveryCodeEverValidLeadsToTodaysCountiesOnly(t *testing.T) {
	regions := load(t)
	_, counties := countiesIn(regions, today)
	ever := everInZhejiang(regions)
	if len(ever) < 100 {
		t.Fatalf("only %d codes", len(ever))
	}
	for _, code := range ever {
		r, _ := regions.Get(code)
		got := regions.Resolve(code, today)
		if got.Reason == domain.Unknown || got.Reason == domain.Missing || got.Reason == domain.OtherProvince {
			t.Errorf("%s %s: %+v", code, r.Name, got)
		}
		if r.Level == domain.LevelCounty && got.County == "" && len(got.Candidates) < 2 {
			t.Errorf("%s %s leads nowhere: %+v", code, r.Name, got)
		}
		for _, c := range append(slices.Clone(got.Candidates), got.County) {
			if c != "" && !slices.Contains(counties, c) {
				t.Errorf("%s %s: %s is no county today", code, r.Name, c)
			}
		}
	}
}

// In any month, whatever the code, the answer names only counties of that month,
// and either one, or several in order, or none.
func TestResolveNamesOnlyTheMonthsCounties(t *testing.T) {
	regions := load(t)
	ever := everInZhejiang(regions)
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.OneOf(rapid.SampledFrom(ever), rapid.StringMatching(`[0-9]{0,7}`), rapid.String()).Draw(t, "code")
		month := rapid.SampledFrom([]string{"2019-07", "2021-03", "2021-04", today}).Draw(t, "month")
		_, counties := countiesIn(regions, month)
		got := regions.Resolve(code, month)
		if got.County != "" && (len(got.Candidates) > 0 || !slices.Contains(counties, got.County)) {
			t.Fatalf("%+v", got)
		}
		if (got.County != "") != (got.Reason == domain.Current || got.Reason == domain.Succeeded) {
			t.Fatalf("%+v", got)
		}
		if !slices.IsSorted(got.Candidates) {
			t.Fatalf("candidates out of order: %v", got.Candidates)
		}
		for _, c := range got.Candidates {
			if !slices.Contains(counties, c) {
				t.Fatalf("%s is no county in %s", c, month)
			}
		}
	})
}
