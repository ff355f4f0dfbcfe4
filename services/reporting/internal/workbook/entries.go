// Package workbook writes reporting's .xlsx files.
package workbook

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/services/reporting/internal/app"
)

// The notice's columns first, in its order (§四 step one), then what the file
// carried besides, then the newest finding.
var entryColumns = []struct {
	head  string
	width float64
}{
	{"序号", 8},
	{"姓名", 12},
	{"出生日期", 12},
	{"证件号码", 22},
	{"户籍地", 18},
	{"家庭住址", 32},
	{"是否在读", 10},
	{"全国学籍号", 22},
	{"省内学校名称", 24},
	{"省内学籍号", 22},
	{"省内学生状态", 14},
	{"处理", 12},
	{"区划代码", 10},
	{"处理县区代码", 14},
	{"数据类别", 26},
	{"数据质量提示", 30},
	{"其他列", 30},
	{"核查结果", 10},
	{"就读省县", 10},
	{"就读学校", 24},
	{"证明人", 12},
	{"证明日期", 12},
	{"处理说明", 40},
	{"目前状况", 24},
	{"家庭情况", 24},
	{"父母联系方式", 18},
	{"填报人", 12},
	{"填报时间", 20},
}

var statusText = map[string]string{"PENDING": "待处理", "UNCONFIRMED": "未确认完成", "HANDLED": "已处理"}

var sourceText = map[string]string{
	"SOURCE_NATIONAL_SUSPECTED":        "全国学籍系统标记为疑似辍学和辍学的学生",
	"SOURCE_POPULATION_WITHOUT_RECORD": "全国学籍系统和人口库比对出的适龄但无学籍人员",
	"SOURCE_POVERTY_UNMATCHED":         "建档立卡儿童中在学籍系统和人口库中均查不到信息的人员",
}

// Entries is the workbook of an export, written as it grows.
type Entries struct {
	file *excelize.File
	rows *excelize.StreamWriter
	row  int
}

const entriesSheet = "控辍保学工作台账"

// NewEntries starts a workbook.
func NewEntries() (*Entries, error) {
	w := &Entries{file: excelize.NewFile(), row: 1}
	if err := w.start(); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return w, nil
}

func (w *Entries) start() error {
	if err := w.file.SetSheetName("Sheet1", entriesSheet); err != nil {
		return err
	}
	var err error
	if w.rows, err = w.file.NewStreamWriter(entriesSheet); err != nil {
		return err
	}
	for i, c := range entryColumns {
		if err := w.rows.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	if err := w.rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	bold, err := w.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	heads := make([]any, len(entryColumns))
	for i, c := range entryColumns {
		heads[i] = excelize.Cell{StyleID: bold, Value: c.head}
	}
	return w.rows.SetRow("A1", heads)
}

// Add implements app.Sheet. Every cell is text: a number would lose digits, and
// a text that begins with = is no formula.
func (w *Entries) Add(e app.EntryLine, f app.FindingLine) error {
	w.row++
	cells := []any{
		e.SerialNumber, e.PersonName, e.BirthDate, e.IDNumber, e.HouseholdPlace, e.HomeAddress, e.InSchool,
		e.NationalStudentNumber, e.ProvincialSchool, e.ProvincialStudentNumber, e.ProvincialStudentStatus,
		statusText[e.Status], e.RegionCode, e.CountyCode, sourceText[e.Source], strings.Join(e.Flags, " "), extra(e.Extra),
		e.Code, f.SchoolRegion, f.School, f.Witness, f.WitnessDate, f.Explanation, f.CurrentSituation, f.FamilySituation,
		f.ParentContact, f.Author, f.SavedAt,
	}
	if err := w.rows.SetRow(fmt.Sprintf("A%d", w.row), cells); err != nil {
		return fmt.Errorf("export: row %d: %w", w.row, err)
	}
	return nil
}

func extra(columns map[string]string) string {
	parts := make([]string, 0, len(columns))
	for head, value := range columns {
		parts = append(parts, head+"："+value)
	}
	sort.Strings(parts)
	return strings.Join(parts, "；")
}

// Finish implements app.Sheet.
func (w *Entries) Finish(out io.Writer) error {
	if err := w.rows.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := w.file.Write(out); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Close removes the temporary files.
func (w *Entries) Close() error { return w.file.Close() }
