package domain_test

import (
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestAWorklistIsKnownByItsHiddenColumns(t *testing.T) {
	for _, c := range []struct {
		heads []string
		want  bool
	}{
		{[]string{"姓名", "证件号码", "核查结果", "记录标识", "基准版本", "清单标识", "校验码"}, true},
		{[]string{"姓名", "证件号码", "核查结果"}, false},
		{[]string{"姓名", "证件号码", "校验码"}, false},
	} {
		h, ok := domain.ReadHeader(c.heads)
		if !ok || h.OfWorklist() != c.want {
			t.Errorf("%v: %v", c.heads, !c.want)
		}
	}
}

func TestWhatIsMaskedIsKnown(t *testing.T) {
	const number = "330106201005061237"
	if !domain.IsMasked(domain.MaskID(number)) || domain.IsMasked(number) || domain.IsMasked("33010620100506123*") || domain.IsMasked("") {
		t.Error("a masked number is not told from others")
	}
}
