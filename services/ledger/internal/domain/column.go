package domain

import "fmt"

// Column is a column of the ledger that Baoxue knows.
type Column int

// The notice's columns in its order (§四 step one), then those that the
// distributed file may carry besides.
const (
	ColSerialNumber Column = iota
	ColPersonName
	ColBirthDate
	ColIDNumber
	ColHouseholdPlace
	ColHomeAddress
	ColInSchool
	ColNationalStudentNumber
	ColProvincialSchool
	ColProvincialStudentNumber
	ColProvincialStudentStatus
	ColHandling
	ColRegionCode
	ColSource
	ColGuardian
	ColPhone
	columnCount
)

const headSource = "数据类别"

var columnHeads = map[string]Column{
	"序号": ColSerialNumber, "姓名": ColPersonName, "学生姓名": ColPersonName, "出生日期": ColBirthDate,
	"证件号码": ColIDNumber, "证件编号": ColIDNumber, "身份证号": ColIDNumber, "身份证号码": ColIDNumber,
	"户籍地": ColHouseholdPlace, "家庭住址": ColHomeAddress, "是否在读": ColInSchool,
	"全国学籍号": ColNationalStudentNumber, "省内学校名称": ColProvincialSchool,
	"省内学籍号": ColProvincialStudentNumber, "省内学生状态": ColProvincialStudentStatus, "处理": ColHandling,
	"区划代码": ColRegionCode, "行政区划代码": ColRegionCode, headSource: ColSource,
	"监护人": ColGuardian, "联系电话": ColPhone,
}

// Header maps the columns of a sheet to the ledger's.
type Header struct {
	index [columnCount]int
	// own are the positions of the ledger's columns.
	own map[int]bool
	// extra are the heads that Baoxue doesn't know, by position.
	extra map[int]string
	// taken are the names of the extras, with how many columns have each head: two
	// never share a name, or one would be lost.
	taken map[string]int
}

// ReadHeader recognises a header row; ok is false when it is none. A ledger has
// at least 姓名 and 证件号码. The first of two columns with one head counts, the
// other is kept as an extra, as every column that Baoxue doesn't know.
func ReadHeader(cells []string) (h *Header, ok bool) {
	h = &Header{own: map[int]bool{}, extra: map[int]string{}, taken: map[string]int{
		// Where a source that can't be read is kept.
		headSource: 1,
	}}
	for i := range h.index {
		h.index[i] = -1
	}
	for i, cell := range cells {
		head := Compact(cell)
		if head == "" {
			continue
		}
		column, known := columnHeads[head]
		if known && h.index[column] < 0 {
			h.index[column] = i
			if column == ColHandling {
				h.extra[i] = h.take(head)
				continue
			}
			h.own[i] = true
			continue
		}
		h.extra[i] = h.take(Clean(cell))
	}
	return h, h.index[ColPersonName] >= 0 && h.index[ColIDNumber] >= 0
}

// take gives a column its head, with a number when another column has it.
func (h *Header) take(head string) string {
	name := head
	for h.taken[name] > 0 {
		h.taken[head]++
		name = fmt.Sprintf("%s (%d)", head, h.taken[head])
	}
	h.taken[name] = 1
	return name
}

// extraName is the name under which a column's cells are kept besides the ledger's
// own; ok is false for the ledger's own columns.
func (h *Header) extraName(position int) (name string, ok bool) {
	if h.own[position] {
		return "", false
	}
	if name, ok = h.extra[position]; !ok {
		name = fmt.Sprintf("第%d列", position+1)
		for h.taken[name] > 0 {
			name += "*"
		}
	}
	return name, true
}

// says reports whether a row says anything of a child: 处理 and a column without a
// head are the form's own, as in the second line of the notice's table head, and a
// long table repeats its header.
func (h *Header) says(cells []string) bool {
	if columnHeads[Compact(h.cell(cells, ColPersonName))] == ColPersonName && columnHeads[Compact(h.cell(cells, ColIDNumber))] == ColIDNumber {
		return false
	}
	for i, cell := range cells {
		if i == h.index[ColHandling] || Clean(cell) == "" {
			continue
		}
		if _, headed := h.extra[i]; headed || h.own[i] {
			return true
		}
	}
	return false
}

func (h *Header) cell(cells []string, c Column) string {
	if i := h.index[c]; i >= 0 && i < len(cells) {
		return cells[i]
	}
	return ""
}
