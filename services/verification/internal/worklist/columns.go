// Package worklist writes worklists as workbooks and reads them when they come back.
package worklist

import (
	"slices"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/services/verification/internal/domain"
)

// The sheets.
const (
	listSheet = "核查清单"
	codeSheet = "代码表"
)

const remarkHead = "错误说明"

// keyHeads are the hidden columns that tell which child a row is of.
var keyHeads = []string{"记录标识", "基准版本", "清单标识", "校验码"}

// columns are all heads in their order: what is shown, what is filled in, the remark, the
// keys.
func columns() []string {
	heads := slices.Clone(domain.ShownColumns)
	for _, c := range domain.FilledColumns {
		heads = append(heads, c.Head)
	}
	return append(append(heads, remarkHead), keyHeads...)
}

// Places of the first column of each kind, from 1.
var (
	firstFilled = len(domain.ShownColumns) + 1
	remarkPlace = firstFilled + len(domain.FilledColumns)
	firstKey    = remarkPlace + 1
	lastColumn  = remarkPlace + len(keyHeads)
)

// filledPlace is the column of a form's field, from 1.
func filledPlace(field string) int {
	return firstFilled + slices.IndexFunc(domain.FilledColumns, func(c domain.FilledColumn) bool { return c.Field == field })
}

// widths of columns in characters, where the usual one does not do.
var widths = map[string]float64{
	"序号": 7, "证件号码": 21, "户籍地": 16, "家庭住址": 26, "是否在读": 9, "全国学籍号": 21, "省内学校名称": 20, "省内学籍号": 19,
	"核查结果": 22, "就读省县": 22, "就读学校": 20, "核实学籍号": 21, "处理说明": 36, "目前状况": 22, "家庭情况": 22, "父母联系方式": 18,
	remarkHead: 44,
}

const usualWidth = 12

// styles of cells; every cell is text, so that no number loses digits.
type styles struct{ head, shown, filled, bad, remark int }

const textFormat = 49

func newStyles(f *excelize.File) (s styles, err error) {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	style := func(color string, locked, bold bool, red string) int {
		if err != nil {
			return 0
		}
		var id int
		id, err = f.NewStyle(&excelize.Style{
			NumFmt: textFormat, Border: border, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}},
			Font: &excelize.Font{Bold: bold, Color: red, Size: 10}, Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
			Protection: &excelize.Protection{Locked: locked},
		})
		return id
	}
	s = styles{
		head: style("D9E2F3", true, true, "000000"), shown: style("F2F2F2", true, false, "404040"), filled: style("FFFFFF", false, false, "000000"),
		bad: style("FFD9D9", false, false, "000000"), remark: style("FFFFFF", true, false, "C00000"),
	}
	return s, err
}
