package domain_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestMasks(t *testing.T) {
	for name, c := range map[string]struct {
		mask        func(string) string
		given, want string
	}{
		"an address":                 {domain.MaskAddress, "浙江省杭州市西湖区文三路123号", "浙江省杭州市西湖区****"},
		"one of a county-level city": {domain.MaskAddress, "浙江省余姚市凤山街道1号", "浙江省余姚市****"},
		"one without a county":       {domain.MaskAddress, "文三路一百二十三号三单元", "文三路一百二****"},
		"a short one":                {domain.MaskAddress, "文三路", "文****"},
		"none":                       {domain.MaskAddress, "", ""},
		"a student number":           {domain.MaskStudentNumber, "G330106201005061237", "G330106********1237"},
		"no student number":          {domain.MaskStudentNumber, "", ""},
		"a short student number":     {domain.MaskStudentNumber, "L123", "L***"},
	} {
		if got := c.mask(c.given); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAMaskNeverShowsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9A-Z市区县路号]{1,30}`).Draw(t, "text")
		for name, mask := range map[string]func(string) string{
			"address": domain.MaskAddress, "number": domain.MaskID, "student number": domain.MaskStudentNumber,
		} {
			if got := mask(text); strings.Contains(got, text) && len([]rune(text)) > 1 {
				t.Fatalf("%s: %q shows %q", name, got, text)
			}
		}
	})
}
