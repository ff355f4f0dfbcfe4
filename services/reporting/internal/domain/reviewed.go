package domain

import (
	"cmp"
	"slices"
	"strings"
)

// Reviewed counts the reviews of a county's findings with one B code that were decided before a
// cut-off, and how many of them returned the finding (退回重核, DOMAIN §3). A child may have been
// reviewed more than once, and have another code by now.
type Reviewed struct {
	County, Code        string
	Decided, Overturned int64
}

// ReviewedCodes are the codes that are reviewed, in the standard's order.
func ReviewedCodes() []string {
	return slices.DeleteFunc(slices.Clone(Codes), func(code string) bool { return !strings.HasPrefix(code, "B") })
}

// InOrder sorts reviews by county, and then in the standard's order of codes.
func InOrder(reviews []Reviewed) []Reviewed {
	return slices.SortedFunc(slices.Values(reviews), func(a, b Reviewed) int {
		return cmp.Or(strings.Compare(a.County, b.County), cmp.Compare(slices.Index(Codes, a.Code), slices.Index(Codes, b.Code)))
	})
}

// ReviewedByCode adds the counties up.
func ReviewedByCode(reviews []Reviewed) map[string]Reviewed {
	sums := map[string]Reviewed{}
	for _, r := range reviews {
		sum := sums[r.Code]
		sum.Code = r.Code
		sum.Decided += r.Decided
		sum.Overturned += r.Overturned
		sums[r.Code] = sum
	}
	return sums
}
