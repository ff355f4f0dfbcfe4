package domain

import "strings"

var (
	sums = []string{"合计", "小计", "总计", "共计", "累计"}
	// notes begin what people write under a table. A name may begin so too: only with the
	// colon, or as the only cell of its row, is it one.
	notes = []string{"备注", "注", "说明", "填表", "制表", "审核", "填报", "复核", "联系人", "负责人", "填表人", "制表人", "单位", "日期", "数据来源", "统计时间", "截至"}
)

// NoChild says what a row is that is no child's: a sum or a note below the table; "" for any
// other. A row with a document number always is a child's.
func (h *Header) NoChild(cells []string) Flag {
	if strings.ContainsAny(Compact(h.cell(cells, ColIDNumber)), "0123456789") {
		return ""
	}
	first, others := "", 0
	for _, cell := range cells {
		switch text := Compact(cell); {
		case text == "":
		case first == "":
			first = text
		default:
			others++
		}
	}
	for _, word := range sums {
		if rest, ok := strings.CutPrefix(first, word); ok && strings.Trim(rest, "0123456789:人名条") == "" {
			return FlagSum
		}
		if Compact(h.cell(cells, ColPersonName)) == word {
			return FlagSum
		}
	}
	for _, word := range notes {
		rest, ok := strings.CutPrefix(first, word)
		if ok && (strings.Contains(rest, ":") || others == 0 && len([]rune(first)) > 4) {
			return FlagNote
		}
	}
	return ""
}
