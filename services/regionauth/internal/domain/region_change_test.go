package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

const nextMonth = "2027-01"

func change(kind domain.ChangeKind, from string, to ...domain.ChangedRegion) domain.RegionChange {
	return domain.RegionChange{Kind: kind, Month: nextMonth, From: strings.Split(from, " "), To: to, Document: "国函〔2026〕1号"}
}

func named(code, name string) domain.ChangedRegion {
	return domain.ChangedRegion{Code: code, Name: name}
}

func TestWhatAChangeDoes(t *testing.T) {
	for name, c := range map[string]struct {
		change domain.RegionChange
		// counties more than before, and where codes lead from its month on
		more  int
		leads map[string]domain.Resolution
	}{
		"rename": {change(domain.Rename, "330106", named("330106", "西溪区")), 0, map[string]domain.Resolution{
			"330106": {County: "330106", Reason: domain.Current},
		}},
		"recode": {change(domain.Recode, "330122", named("330115", "桐庐区")), 0, map[string]domain.Resolution{
			"330122": {County: "330115", Reason: domain.Succeeded},
			"330115": {County: "330115", Reason: domain.Current},
		}},
		"transfer": {change(domain.Transfer, "330122", domain.ChangedRegion{Code: "330217", Name: "桐庐区"}), 0, map[string]domain.Resolution{
			"330122": {County: "330217", Reason: domain.Succeeded},
		}},
		"merge into one of them": {change(domain.Merge, "330105 330106", named("330106", "")), -1, map[string]domain.Resolution{
			"330105": {County: "330106", Reason: domain.Succeeded},
			// Abolished long before, through one that is now abolished too.
			"330103": {County: "330106", Reason: domain.Succeeded},
			"330106": {County: "330106", Reason: domain.Current},
		}},
		"merge into another": {change(domain.Merge, "330105", named("330106", "")), -1, map[string]domain.Resolution{
			"330105": {County: "330106", Reason: domain.Succeeded},
		}},
		"merge into a new one": {change(domain.Merge, "330105 330106", named("330116", "新区")), -1, map[string]domain.Resolution{
			"330105": {County: "330116", Reason: domain.Succeeded},
			"330106": {County: "330116", Reason: domain.Succeeded},
		}},
		"split, ending": {change(domain.Split, "330106", named("330116", "东区"), named("330117", "西区")), 1, map[string]domain.Resolution{
			"330106": {Reason: domain.Ambiguous, Candidates: []string{"330116", "330117"}},
		}},
		"split, going on": {change(domain.Split, "330106", named("330106", ""), named("330116", "东区")), 1, map[string]domain.Resolution{
			"330106": {County: "330106", Reason: domain.Current},
			"330116": {County: "330116", Reason: domain.Current},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before := load(t)
			if err := c.change.Check(before, today); err != nil {
				t.Fatal(err)
			}
			after := before.With(c.change)
			_, was := countiesIn(before, today)
			if _, is := countiesIn(after, nextMonth); len(is) != len(was)+c.more {
				t.Errorf("%d counties, there were %d", len(is), len(was))
			}
			for code, want := range c.leads {
				got := after.Resolve(code, nextMonth)
				if got.County != want.County || got.Reason != want.Reason || !slices.Equal(got.Candidates, want.Candidates) {
					t.Errorf("%s leads to %+v, want %+v", code, got, want)
				}
			}
		})
	}
}

func TestARenamedCountyHasTheNameOfItsTime(t *testing.T) {
	regions := load(t).With(change(domain.Rename, "330106", named("330106", "西溪区")))
	for month, want := range map[string]string{"2019-07": "浙江省杭州市西湖区", "2026-12": "浙江省杭州市西湖区", nextMonth: "浙江省杭州市西溪区", "2030-01": "浙江省杭州市西溪区"} {
		if got := regions.FullName("330106", month); got != want {
			t.Errorf("%s: %s, want %s", month, got, want)
		}
	}
}

func TestAChangeThatIsWrongIsRefusedWithAllThatIsWrong(t *testing.T) {
	good := change(domain.Recode, "330122", named("330115", "桐庐区"))
	with := func(f func(*domain.RegionChange)) domain.RegionChange {
		c := good
		f(&c)
		return c
	}
	for name, c := range map[string]struct {
		change domain.RegionChange
		want   []string
	}{
		"fine":                      {good, nil},
		"this month":                {with(func(c *domain.RegionChange) { c.Month = today }), nil},
		"a month that ended":        {with(func(c *domain.RegionChange) { c.Month = "2019-07" }), []string{"effective_month"}},
		"no month":                  {with(func(c *domain.RegionChange) { c.Month = "2027-13" }), []string{"effective_month"}},
		"no document":               {with(func(c *domain.RegionChange) { c.Document = " " }), []string{"document"}},
		"from another province":     {with(func(c *domain.RegionChange) { c.From = []string{"310101"} }), []string{"from_codes[0]", "to"}},
		"from a city":               {with(func(c *domain.RegionChange) { c.From = []string{"330100"} }), []string{"from_codes[0]", "to"}},
		"from an abolished county":  {with(func(c *domain.RegionChange) { c.From = []string{"330103"} }), []string{"from_codes[0]"}},
		"to a code used before":     {with(func(c *domain.RegionChange) { c.To = []domain.ChangedRegion{named("330103", "x")} }), []string{"to[0].code", "to"}},
		"to a city's code":          {with(func(c *domain.RegionChange) { c.To = []domain.ChangedRegion{named("330100", "x")} }), []string{"to[0].code", "to"}},
		"without a name":            {with(func(c *domain.RegionChange) { c.To = []domain.ChangedRegion{named("330115", "")} }), []string{"to[0].name"}},
		"in no city":                {with(func(c *domain.RegionChange) { c.To = []domain.ChangedRegion{named("339915", "x")} }), []string{"to[0].parent_code", "to"}},
		"a recode to an older one":  {change(domain.Recode, "330122", named("330106", "")), []string{"to"}},
		"a transfer within a city":  {change(domain.Transfer, "330122", named("330115", "x")), []string{"to"}},
		"a rename of the code":      {change(domain.Rename, "330122", named("330115", "x")), []string{"to"}},
		"a rename to the same":      {change(domain.Rename, "330106", named("330106", "西湖区")), []string{"to[0].name"}},
		"a merge of one with a new": {change(domain.Merge, "330106", named("330115", "x")), []string{"to"}},
		"a merge with itself":       {change(domain.Merge, "330106", named("330106", "")), []string{"to"}},
		"the same twice":            {change(domain.Merge, "330106 330106", named("330105", "")), []string{"from_codes[1]"}},
		"a split into one":          {change(domain.Split, "330106", named("330115", "x")), []string{"to"}},
		"a kind that isn't one":     {with(func(c *domain.RegionChange) { c.Kind = 9 }), []string{"kind"}},
		"nothing":                   {domain.RegionChange{Month: nextMonth}, []string{"document", "from_codes", "to"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			if f := fault.As(c.change.Check(load(t), today)); f != nil {
				for _, v := range f.Violations {
					got = append(got, strings.TrimPrefix(v.Field, "change."))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatIsAboutToChangeDoesNotChangeTwice(t *testing.T) {
	regions := load(t).With(change(domain.Recode, "330122", named("330115", "桐庐区")))
	for _, again := range []domain.RegionChange{
		change(domain.Recode, "330122", named("330116", "桐庐区")),
		change(domain.Merge, "330115 330106", named("330106", "")),
	} {
		if err := again.Check(regions, today); err == nil {
			t.Errorf("%+v was accepted", again)
		}
	}
}

// Whatever is entered one after the other: months before a change are as they were, every
// code ever valid leads to counties of the month or to the province, and none is lost.
func TestChangesNeverEditHistory(t *testing.T) {
	reference := load(t)
	ever := everInZhejiang(reference)
	rapid.Check(t, func(t *rapid.T) {
		regions, fresh := reference, 0
		for step := range rapid.IntRange(1, 6).Draw(t, "changes") {
			month := fmt.Sprintf("20%02d-%02d", 27+step, rapid.IntRange(1, 12).Draw(t, "month"))
			_, counties := countiesIn(regions, month)
			newCode := func() domain.ChangedRegion {
				fresh++
				return named(fmt.Sprintf("3301%02d", 50+fresh), fmt.Sprintf("新区%d", fresh))
			}
			from := rapid.SampledFrom(counties).Draw(t, "from")
			other := rapid.SampledFrom(counties).Draw(t, "other")
			c := rapid.SampledFrom([]domain.RegionChange{
				change(domain.Rename, from, named(from, fmt.Sprintf("改名%d", step))),
				change(domain.Merge, from, named(other, "")),
				change(domain.Split, from, named(from, ""), newCode()),
				change(domain.Split, from, newCode(), newCode()),
				change(domain.Merge, from+" "+other, newCode()),
			}).Draw(t, "change")
			c.Month = month
			if c.Check(regions, today) != nil {
				continue
			}
			next := regions.With(c)
			for _, earlier := range []string{"2019-07", "2021-04", today, before(month)} {
				_, was := countiesIn(regions, earlier)
				if _, is := countiesIn(next, earlier); !slices.Equal(is, was) {
					t.Fatalf("%+v changed %s", c, earlier)
				}
				for _, code := range was {
					if next.FullName(code, earlier) != regions.FullName(code, earlier) {
						t.Fatalf("%+v renamed %s in %s", c, code, earlier)
					}
				}
			}
			_, counties = countiesIn(next, month)
			for _, code := range append(ever, c.From...) {
				got := next.Resolve(code, month)
				for _, county := range append(slices.Clone(got.Candidates), got.County) {
					if county != "" && !slices.Contains(counties, county) {
						t.Fatalf("%+v: %s leads to %s, which is none in %s", c, code, county, month)
					}
				}
				if r, _ := next.At(code, month); r.Level == domain.LevelCounty && got.County == "" && len(got.Candidates) < 2 {
					t.Fatalf("%+v: %s leads nowhere: %+v", c, code, got)
				}
			}
			regions = next
		}
	})
}

// before is the month before.
func before(month string) string {
	var y, m int
	if _, err := fmt.Sscanf(month, "%d-%d", &y, &m); err != nil {
		panic(err)
	}
	if m--; m == 0 {
		y, m = y-1, 12
	}
	return fmt.Sprintf("%d-%02d", y, m)
}
