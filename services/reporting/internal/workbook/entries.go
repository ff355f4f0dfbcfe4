// Package workbook writes reporting's files: .xlsx and .csv.
package workbook

import (
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
	value func(e *app.EntryLine, f *app.FindingLine) string
}

// The notice's columns in its order (§四 step one), but for the last, 处理.
var noticeColumns = []entryColumn{
	{"序号", 8, func(e *app.EntryLine, _ *app.FindingLine) string { return e.SerialNumber }},
	{"姓名", 12, func(e *app.EntryLine, _ *app.FindingLine) string { return e.PersonName }},
	{"出生日期", 12, func(e *app.EntryLine, _ *app.FindingLine) string { return e.BirthDate }},
	{"证件号码", 22, func(e *app.EntryLine, _ *app.FindingLine) string { return e.IDNumber }},
	{"户籍地", 18, func(e *app.EntryLine, _ *app.FindingLine) string { return e.HouseholdPlace }},
	{"家庭住址", 32, func(e *app.EntryLine, _ *app.FindingLine) string { return e.HomeAddress }},
	{"是否在读", 10, func(e *app.EntryLine, _ *app.FindingLine) string { return e.InSchool }},
	{"全国学籍号", 22, func(e *app.EntryLine, _ *app.FindingLine) string { return e.NationalStudentNumber }},
	{"省内学校名称", 24, func(e *app.EntryLine, _ *app.FindingLine) string { return e.ProvincialSchool }},
	{"省内学籍号", 22, func(e *app.EntryLine, _ *app.FindingLine) string { return e.ProvincialStudentNumber }},
	{"省内学生状态", 14, func(e *app.EntryLine, _ *app.FindingLine) string { return e.ProvincialStudentStatus }},
}

// What the file carried besides.
var givenColumns = []entryColumn{
	{"区划代码", 10, func(e *app.EntryLine, _ *app.FindingLine) string { return e.RegionCode }},
	{"数据类别", 26, func(e *app.EntryLine, _ *app.FindingLine) string { return sourceText[e.Source] }},
	{"监护人", 12, func(e *app.EntryLine, _ *app.FindingLine) string { return e.Guardian }},
	{"联系电话", 16, func(e *app.EntryLine, _ *app.FindingLine) string { return e.Phone }},
}

// What it carried that is no column of the ledger, and what was found since.
var findingColumns = []entryColumn{
	{"其他列", 30, func(e *app.EntryLine, _ *app.FindingLine) string { return extra(e.Extra) }},
	{"处理县区代码", 14, func(e *app.EntryLine, _ *app.FindingLine) string { return e.CountyCode }},
	{"数据质量提示", 30, func(e *app.EntryLine, _ *app.FindingLine) string { return strings.Join(e.Flags, " ") }},
	{"核查结果", 10, func(e *app.EntryLine, _ *app.FindingLine) string { return e.Code }},
	{"就读省县", 10, func(_ *app.EntryLine, f *app.FindingLine) string { return f.SchoolRegion }},
	{"就读学校", 24, func(_ *app.EntryLine, f *app.FindingLine) string { return f.School }},
	{"证明人", 12, func(_ *app.EntryLine, f *app.FindingLine) string { return f.Witness }},
	{"证明日期", 12, func(_ *app.EntryLine, f *app.FindingLine) string { return f.WitnessDate }},
	{"处理说明", 40, func(_ *app.EntryLine, f *app.FindingLine) string { return f.Explanation }},
	{"目前状况", 24, func(_ *app.EntryLine, f *app.FindingLine) string { return f.CurrentSituation }},
	{"家庭情况", 24, func(_ *app.EntryLine, f *app.FindingLine) string { return f.FamilySituation }},
	{"父母联系方式", 18, func(_ *app.EntryLine, f *app.FindingLine) string { return f.ParentContact }},
	{"填报人", 12, func(_ *app.EntryLine, f *app.FindingLine) string { return f.Author }},
	{"填报时间", 20, func(_ *app.EntryLine, f *app.FindingLine) string { return f.SavedAt }},
}

// 处理 says where the work stands, and to the Ministry what was found.
var (
	workState   = entryColumn{"处理", 12, func(e *app.EntryLine, _ *app.FindingLine) string { return statusText[e.Status] }}
	workOutcome = entryColumn{"处理", 12, func(e *app.EntryLine, _ *app.FindingLine) string { return e.Code }}
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
	cells   []string
	add     func(cells []string) error
	close   func() error
}

// Add implements app.Sheet.
func (s *entries) Add(e app.EntryLine, f app.FindingLine) error {
	for i, c := range s.columns {
		s.cells[i] = c.value(&e, &f)
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
func NewEntries(out io.Writer, layout domain.Layout) (app.Sheet, error) {
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
	return (&entries{columns: columns, add: add, close: book.Close}).begin()
}

// byteOrderMark is how Excel knows UTF-8.
const byteOrderMark = "\uFEFF"

// NewEntriesCSV starts a .csv. There a number is kept as it is written only as a text, and what
// begins like a formula would be one: both get what Excel takes for a text's beginning.
func NewEntriesCSV(out io.Writer, layout domain.Layout) (app.Sheet, error) {
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
	return (&entries{columns: columnsOf(layout), add: add, close: flush}).begin()
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
