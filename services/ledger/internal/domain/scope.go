package domain

import (
	"strings"

	"baoxue.internal/pkg/fault"
)

// Scope limits what a caller sees, as a LIKE pattern over an entry's county
// code. The zero Scope sees nothing.
type Scope struct{ pattern string }

// The scopes of the three levels. In GB/T 2260 a county's code begins with the
// first four digits of its city's.
func ProvinceScope() Scope          { return Scope{"%"} }
func CityScope(code string) Scope   { return Scope{prefix(code, 4) + "%"} }
func CountyScope(code string) Scope { return Scope{prefix(code, 6)} }

// Pattern for SQL. Nothing matches the zero scope: no county code is a space.
func (s Scope) Pattern() string {
	if s.pattern == "" {
		return " "
	}
	return s.pattern
}

func prefix(code string, n int) string {
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return " "
	}
	return code[:n]
}

// QueueRegion asks for the province's own queue.
const QueueRegion = "none"

// Province is the GB/T 2260 code of the province whose ledger this is.
const Province = "330000"

// RegionPattern turns a region filter into a LIKE pattern: the province or
// nothing selects all, a city its counties, a county itself, "none" the province's own
// queue.
func RegionPattern(region string) (string, error) {
	switch {
	case region == "":
		return "%", nil
	case region == QueueRegion:
		return "", nil
	case prefix(region, 6) == " ":
		return "", fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "region", Reason: "INVALID_REQUEST", Message: "地区应为六位区划代码或 none"},
		})
	case region == Province:
		return "%", nil
	case strings.HasSuffix(region, "00"):
		return region[:4] + "%", nil
	}
	return region, nil
}
