package domain

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

var columnHeads = map[string]Column{
	"序号": ColSerialNumber, "姓名": ColPersonName, "学生姓名": ColPersonName, "出生日期": ColBirthDate,
	"证件号码": ColIDNumber, "证件编号": ColIDNumber, "身份证号": ColIDNumber, "身份证号码": ColIDNumber,
	"户籍地": ColHouseholdPlace, "家庭住址": ColHomeAddress, "是否在读": ColInSchool,
	"全国学籍号": ColNationalStudentNumber, "省内学校名称": ColProvincialSchool,
	"省内学籍号": ColProvincialStudentNumber, "省内学生状态": ColProvincialStudentStatus, "处理": ColHandling,
	"区划代码": ColRegionCode, "行政区划代码": ColRegionCode, "数据类别": ColSource,
	"监护人": ColGuardian, "联系电话": ColPhone,
}

// Header maps the columns of a sheet to the ledger's.
type Header struct {
	index [columnCount]int
	// extra are the heads that Baoxue doesn't know, by position.
	extra map[int]string
}

// ReadHeader recognises a header row; ok is false when it is none. A ledger has
// at least 姓名 and 证件号码. The first of two columns with one head counts, the
// other is kept as an extra.
func ReadHeader(cells []string) (h *Header, ok bool) {
	h = &Header{extra: map[int]string{}}
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
			continue
		}
		h.extra[i] = Clean(cell)
	}
	return h, h.index[ColPersonName] >= 0 && h.index[ColIDNumber] >= 0
}

func (h *Header) cell(cells []string, c Column) string {
	if i := h.index[c]; i >= 0 && i < len(cells) {
		return cells[i]
	}
	return ""
}
