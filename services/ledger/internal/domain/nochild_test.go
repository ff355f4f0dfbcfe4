package domain_test

import (
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestSumsAndNotesAreNoChildren(t *testing.T) {
	h := header(t, "序号", "姓名", "证件号码", "家庭住址")
	for _, c := range []struct {
		what  string
		cells []string
		want  domain.Flag
	}{
		{"a sum where the numbers are", []string{"合计", "", "", ""}, domain.FlagSum},
		{"a sum with spaces and a count", []string{" 合 计", "12", "", ""}, domain.FlagSum},
		{"a sum where the names are", []string{"", "小计", "", "3人"}, domain.FlagSum},
		{"a sum with its count", []string{"总计：25人"}, domain.FlagSum},
		{"a note", []string{"备注：本表由县级填写"}, domain.FlagNote},
		{"a note on several cells", []string{"填表人：", "王老师", "", "审核人：李主任"}, domain.FlagNote},
		{"a note without a colon", []string{"说明本表数据截至七月"}, domain.FlagNote},
		{"a child", []string{"1", "王明", "", ""}, ""},
		{"a child whose name begins so", []string{"1", "单位华", "", "文三路"}, ""},
		{"a child of whom there is the name alone", []string{"", "注一", "", ""}, ""},
		{"a child with a number", []string{"合计", "王明", "330102199801011234", ""}, ""},
		{"a child with an address that says sum", []string{"7", "合小明", "", "合计路1号"}, ""},
	} {
		if got := h.NoChild(c.cells); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// What somebody wrote under 处理 says nothing of a child, but is not lost.
func TestWhatStandsUnderHandlingIsKept(t *testing.T) {
	h := header(t, "姓名", "证件号码", "处 理", "处理")
	row, empty := domain.ReadRow(h, []string{"王明", "330102199801011234", "已 劝返", "B3"})
	if empty || row.Extra["处理"] != "已 劝返" || row.Extra["处理 (2)"] != "B3" {
		t.Errorf("%+v", row.Extra)
	}
	if _, empty := domain.ReadRow(h, []string{"", "", "实际就读", ""}); !empty {
		t.Error("a row of the form's own buttons is a child")
	}
}
