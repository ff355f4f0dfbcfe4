package domain

import (
	"strings"

	"baoxue.internal/pkg/fault"
)

// Scope limits what a caller sees: the entries whose county code lies from From to
// To, both included. The province's own queue has the empty code and is in the
// province's scope alone. The zero Scope sees nothing.
type Scope struct{ from, to string }

// Before and after every county code.
const (
	firstCode = "000000"
	lastCode  = "999999"
)

// ProvinceScope sees everything.
func ProvinceScope() Scope { return Scope{"", lastCode} }

// CityScope sees a city's counties: in GB/T 2260 their codes begin with the first
// four digits of the city's.
func CityScope(code string) Scope {
	if !isCode(code) {
		return Scope{}
	}
	return Scope{code[:4] + "00", code[:4] + "99"}
}

// CountyScope sees one county.
func CountyScope(code string) Scope {
	if !isCode(code) {
		return Scope{}
	}
	return Scope{code, code}
}

// QueueScope sees the province's own queue only.
func QueueScope() Scope { return Scope{"", firstCode} }

// From is the first county code in the scope.
func (s Scope) From() string { return s.from }

// To is the last county code in the scope; empty means that nothing is.
func (s Scope) To() string { return s.to }

// Spanning is the smallest scope that has all of both, and with them what lies between.
func (s Scope) Spanning(other Scope) Scope {
	switch {
	case s.to == "":
		return other
	case other.to == "":
		return s
	}
	return Scope{min(s.from, other.from), max(s.to, other.to)}
}

func isCode(code string) bool {
	return len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

// QueueRegion asks for the province's own queue.
const QueueRegion = "none"

// Province is the GB/T 2260 code of the province whose ledger this is.
const Province = "330000"

// Region is what a list is asked for: the county codes from From to To.
type Region struct{ From, To string }

// WholeProvince is every entry.
var WholeProvince = Region{"", lastCode}

// ParseRegion reads a region filter: the province or nothing selects all, a city
// its counties, a county itself, "none" the province's own queue.
func ParseRegion(region string) (Region, error) {
	switch {
	case region == "" || region == Province:
		return WholeProvince, nil
	case region == QueueRegion:
		return Region{}, nil
	case !isCode(region):
		return Region{}, fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "region", Reason: "INVALID_REQUEST", Message: "地区应为六位区划代码或 none"},
		})
	case strings.HasSuffix(region, "00"):
		return Region{region, region[:4] + "99"}, nil
	}
	return Region{region, region}, nil
}

// Within is what both the scope and the region have; where they have nothing in common,
// From is after To.
func (s Scope) Within(r Region) Region {
	if s.to == "" {
		return Region{From: lastCode}
	}
	return Region{max(s.from, r.From), min(s.to, r.To)}
}
