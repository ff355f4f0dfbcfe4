package domain_test

import (
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// sees is what the store asks the database.
func sees(s domain.Scope, county string) bool {
	return s.To() != "" && county >= s.From() && county <= s.To()
}

func TestWhoSeesWhat(t *testing.T) {
	for name, c := range map[string]struct {
		scope domain.Scope
		seen  string
	}{
		"the province":               {domain.ProvinceScope(), "330102 330106 330302 none"},
		"a city":                     {domain.CityScope("330100"), "330102 330106"},
		"a county":                   {domain.CountyScope("330106"), "330106"},
		"the queue":                  {domain.QueueScope(), "none"},
		"nobody":                     {domain.Scope{}, ""},
		"a city without a code":      {domain.CityScope(""), ""},
		"a county without a code":    {domain.CountyScope(""), ""},
		"a county with a bad one":    {domain.CountyScope("33010%"), ""},
		"a county with a longer one": {domain.CountyScope("3301060"), ""},
		"a city with the province's": {domain.CityScope(domain.Province), ""},
	} {
		got := ""
		for _, county := range []string{"330102", "330106", "330302", ""} {
			if !sees(c.scope, county) {
				continue
			}
			if got != "" {
				got += " "
			}
			if county == "" {
				county = domain.QueueRegion
			}
			got += county
		}
		if got != c.seen {
			t.Errorf("%s sees %q, want %q", name, got, c.seen)
		}
	}
}

func TestACountySeesNoOtherAndACityNoOthers(t *testing.T) {
	code := rapid.StringMatching(`33[0-9]{4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := code.Draw(t, "a"), code.Draw(t, "b")
		if sees(domain.CountyScope(a), b) != (a == b) {
			t.Fatalf("county %s, entry of %s", a, b)
		}
		if sees(domain.CityScope(a), b) != (a[:4] == b[:4]) {
			t.Fatalf("city of %s, entry of %s", a, b)
		}
		if sees(domain.CountyScope(a), "") || sees(domain.CityScope(a), "") || sees(domain.QueueScope(), a) {
			t.Fatal("the province's own queue is the province's")
		}
	})
}

func TestTheRegionOfAList(t *testing.T) {
	for text, want := range map[string]domain.Region{
		"":       domain.WholeProvince,
		"330000": domain.WholeProvince,
		"none":   {},
		"330100": {From: "330100", To: "330199"},
		"330106": {From: "330106", To: "330106"},
	} {
		if got, err := domain.ParseRegion(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"33", "3301060", "33010a", "３３０１０６", "杭州", " "} {
		if got, err := domain.ParseRegion(text); !fault.Is(err, "INVALID_REQUEST") {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

// An id that can't be is answered like one that isn't: nothing tells them apart.
func TestABadIDIsAMissingEntry(t *testing.T) {
	if err := domain.CheckID("0198c2f0-0000-7000-8000-000000000001"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"", "1", "0198C2F0-0000-7000-8000-000000000001", "0198c2f0-0000-7000-8000-000000000001'", "\x00"} {
		if err := domain.CheckID(id); err != domain.ErrNotFound { //nolint:errorlint // the very same answer
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAScopeThatSpansTwoSeesWhatTheySeeAndBetween(t *testing.T) {
	code := rapid.StringMatching(`33[0-9]{4}`)
	scope := rapid.Custom(func(t *rapid.T) domain.Scope {
		return rapid.SampledFrom([]domain.Scope{
			{}, domain.ProvinceScope(), domain.QueueScope(), domain.CityScope(code.Draw(t, "city")), domain.CountyScope(code.Draw(t, "county")),
		}).Draw(t, "scope")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := scope.Draw(t, "a"), scope.Draw(t, "b")
		spanning, county := a.Spanning(b), rapid.OneOf(code, rapid.Just("")).Draw(t, "county")
		if spanning != b.Spanning(a) {
			t.Fatalf("%v and %v: %v, and the other way %v", a, b, spanning, b.Spanning(a))
		}
		if (sees(a, county) || sees(b, county)) && !sees(spanning, county) {
			t.Fatalf("%v and %v: %v does not see %q", a, b, spanning, county)
		}
		if a == b && spanning != a || a == (domain.Scope{}) && spanning != b {
			t.Fatalf("%v and %v: %v", a, b, spanning)
		}
	})
}
