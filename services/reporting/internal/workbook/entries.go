// Package workbook writes reporting's files: .xlsx and .csv.
package workbook

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"baoxue.internal/pkg/workbook"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

type entryColumn struct {
	head  string
	width float64
	value func(l *line) string
}

// line is an entry, its newest finding, and what the codes in them are called.
type line struct {
	e     *app.EntryLine
	f     *app.FindingLine
	words *app.Words
}

// The notice's columns in its order (§四 step one), but for the last, 处理.
var noticeColumns = []entryColumn{
	{"序号", 8, func(l *line) string { return l.e.SerialNumber }},
	{"姓名", 12, func(l *line) string { return l.e.PersonName }},
	{"出生日期", 12, func(l *line) string { return l.e.BirthDate }},
	{"证件号码", 22, func(l *line) string { return l.e.IDNumber }},
	{"户籍地", 18, func(l *line) string { return l.e.HouseholdPlace }},
	{"家庭住址", 32, func(l *line) string { return l.e.HomeAddress }},
	{"是否在读", 10, func(l *line) string { return l.e.InSchool }},
	{"全国学籍号", 22, func(l *line) string { return l.e.NationalStudentNumber }},
	{"省内学校名称", 24, func(l *line) string { return l.e.ProvincialSchool }},
	{"省内学籍号", 22, func(l *line) string { return l.e.ProvincialStudentNumber }},
	{"省内学生状态", 14, func(l *line) string { return l.e.ProvincialStudentStatus }},
}

// What the file carried besides.
var givenColumns = []entryColumn{
	{"区划代码", 10, func(l *line) string { return l.e.RegionCode }},
	{"数据类别", 26, func(l *line) string { return sourceText[l.e.Source] }},
	{"监护人", 12, func(l *line) string { return l.e.Guardian }},
	{"联系电话", 16, func(l *line) string { return l.e.Phone }},
}

// What it carried that is no column of the ledger, and what was found since.
var findingColumns = []entryColumn{
	{"其他列", 30, func(l *line) string { return extra(l.e.Extra) }},
	{"处理县区代码", 14, func(l *line) string { return l.e.CountyCode }},
	{"处理县区", 22, func(l *line) string { return l.county() }},
	{"数据质量提示", 30, func(l *line) string { return l.flags() }},
	{"特殊群体", 20, func(l *line) string { return l.tags() }},
	{"核查结果", 10, func(l *line) string { return l.e.Code }},
	{"依法控辍措施", 14, func(l *line) string { return l.e.LegalStep }},
	{"就读省县", 30, func(l *line) string { return l.schoolRegion() }},
	{"就读学校", 24, func(l *line) string { return l.f.School }},
	{"证明人", 12, func(l *line) string { return l.f.Witness }},
	{"证明日期", 12, func(l *line) string { return l.f.WitnessDate }},
	{"处理说明", 40, func(l *line) string { return l.f.Explanation }},
	{"目前状况", 24, func(l *line) string { return l.f.CurrentSituation }},
	{"家庭情况", 24, func(l *line) string { return l.f.FamilySituation }},
	{"父母联系方式", 18, func(l *line) string { return l.f.ParentContact }},
	{"填报人", 12, func(l *line) string { return l.f.Author }},
	{"填报时间", 20, func(l *line) string { return l.f.SavedAt }},
}

// 处理 says where the work stands, and to the Ministry what was found.
var (
	workState   = entryColumn{"处理", 12, func(l *line) string { return statusText[l.e.Status] }}
	workOutcome = entryColumn{"处理", 12, func(l *line) string { return l.e.Code }}
)

func columnsOf(layout domain.Layout) []entryColumn {
	columns := append([]entryColumn{}, noticeColumns...)
	if layout == domain.MinistryLayout {
		return append(append(columns, workOutcome), givenColumns...)
	}
	return append(append(append(columns, workState), givenColumns...), findingColumns...)
}

var statusText = map[string]string{"PENDING": "待处理", "UNCONFIRMED": "未确认完成", "HANDLED": "已处理"}

var sourceText = map[string]string{
	"SOURCE_NATIONAL_SUSPECTED":        "全国学籍系统标记为疑似辍学和辍学的学生",
	"SOURCE_POPULATION_WITHOUT_RECORD": "全国学籍系统和人口库比对出的适龄但无学籍人员",
	"SOURCE_POVERTY_UNMATCHED":         "建档立卡儿童中在学籍系统和人口库中均查不到信息的人员",
}

// county is who handles the entry.
func (l *line) county() string {
	if l.e.CountyCode == "" {
		return domain.Queue.Name
	}
	return cmp.Or(l.words.Regions[l.e.CountyCode], l.e.CountyCode)
}

// tagText are the special groups by the names of verification's contract.
var tagText = map[string]string{
	"TAG_DISABLED": "残疾", "TAG_LEFT_BEHIND": "留守", "TAG_MIGRANT": "随迁", "TAG_WITHOUT_PARENTS": "孤儿与事实无人抚养",
	"TAG_REGISTERED_POOR": "建档立卡", "TAG_IN_NEED": "困境儿童",
}

func (l *line) tags() string { return worded(l.e.Tags, tagText) }

func (l *line) flags() string { return worded(l.e.Flags, l.words.Flags) }

// worded are codes in words; one that is newer than the words stays as it is.
func worded(codes []string, words map[string]string) string {
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = cmp.Or(words[code], code)
	}
	return strings.Join(texts, "、")
}

// schoolRegion is the code, which outlives its name, with the name that it has today.
func (l *line) schoolRegion() string {
	return strings.TrimSpace(l.f.SchoolRegion + " " + l.words.Regions[l.f.SchoolRegion])
}

func extra(columns map[string]string) string {
	parts := make([]string, 0, len(columns))
	for head, value := range columns {
		parts = append(parts, head+"："+value)
	}
	sort.Strings(parts)
	return strings.Join(parts, "；")
}

// entries is an export that is written as it grows.
type entries struct {
	columns []entryColumn
	words   app.Words
	cells   []string
	add     func(cells []string) error
	close   func() error
}

// Add implements app.Sheet.
func (s *entries) Add(e app.EntryLine, f app.FindingLine) error {
	l := line{&e, &f, &s.words}
	for i, c := range s.columns {
		s.cells[i] = c.value(&l)
	}
	return s.add(s.cells)
}

// Close implements app.Sheet.
func (s *entries) Close() error { return s.close() }

// begin writes the heads.
func (s *entries) begin() (app.Sheet, error) {
	s.cells = make([]string, len(s.columns))
	for i, c := range s.columns {
		s.cells[i] = c.head
	}
	return s, s.add(s.cells)
}

const entriesSheet = "控辍保学工作台账"

// NewEntries starts a workbook. Every cell is text: a number would lose digits, and a text that
// begins with = is no formula. What a sheet has no room for goes on in the next.
func NewEntries(out io.Writer, layout domain.Layout, words app.Words) (app.Sheet, error) {
	columns := columnsOf(layout)
	format := workbook.Format{Head: true}
	for _, c := range columns {
		format.Widths = append(format.Widths, c.width)
	}
	book := workbook.NewFormatted(out, format)
	sheet, row, heads := entriesSheet, 0, []string(nil)
	add := func(cells []string) error {
		if heads == nil {
			heads = append(heads, cells...)
		}
		if row == workbook.MostRows {
			sheet, row = sheet+"（续）", 1
			if err := book.Add(sheet, row, heads); err != nil {
				return err
			}
		}
		row++
		return book.Add(sheet, row, cells)
	}
	return (&entries{columns: columns, words: words, add: add, close: book.Close}).begin()
}

// byteOrderMark is how Excel knows UTF-8.
const byteOrderMark = "\uFEFF"

// NewEntriesCSV starts a .csv. There a number is kept as it is written only as a text, and what
// begins like a formula would be one: both get what Excel takes for a text's beginning.
func NewEntriesCSV(out io.Writer, layout domain.Layout, words app.Words) (app.Sheet, error) {
	if _, err := io.WriteString(out, byteOrderMark); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	lines := csv.NewWriter(out)
	lines.UseCRLF = true
	add := func(cells []string) error {
		line := make([]string, len(cells))
		for i, cell := range cells {
			line[i] = harmless(cell)
		}
		return lines.Write(line)
	}
	flush := func() error {
		lines.Flush()
		return lines.Error()
	}
	return (&entries{columns: columnsOf(layout), words: words, add: add, close: flush}).begin()
}

// digitsKept are as many as Excel's numbers have.
const digitsKept = 11

// formulaSigns begin a formula in Excel; its Chinese editions read the full-width ones too.
const formulaSigns = "=+-@\t\r\n＝＋－＠"

// harmless is a cell that is no formula, and no number that Excel would round.
func harmless(cell string) string {
	if cell == "" {
		return ""
	}
	digits := strings.Trim(cell, "0123456789") == "" && len(cell) > digitsKept
	first, _ := utf8.DecodeRuneInString(cell)
	if digits || strings.ContainsRune(formulaSigns, first) {
		return "'" + cell
	}
	return cell
}
