package worklist

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/workbook"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Sheets implements app.Sheets.
type Sheets struct{}

// writer is a workbook in the making.
type writer struct {
	file   *excelize.File
	styles styles
	list   domain.Worklist
	hints  app.Hints
	// schoolRows is how many schools are offered.
	schoolRows int
}

// Write implements app.Sheets.
func (Sheets) Write(to io.Writer, list domain.Worklist, hints app.Hints, verdicts []app.RowVerdict) (err error) {
	w := &writer{file: excelize.NewFile(), list: list, hints: hints}
	defer func() {
		if e := w.file.Close(); err == nil {
			err = e
		}
		if err != nil {
			err = fmt.Errorf("worklist: %w", err)
		}
	}()
	if w.styles, err = newStyles(w.file); err != nil {
		return err
	}
	if err := w.file.SetSheetName("Sheet1", listSheet); err != nil {
		return err
	}
	if _, err := w.file.NewSheet(codeSheet); err != nil {
		return err
	}
	for _, step := range []func() error{w.rows, func() error { return w.verdicts(verdicts) }, w.lists, w.choices, w.layout, w.protection} {
		if err := step(); err != nil {
			return err
		}
	}
	return w.file.Write(to)
}

// cell is a place such as B7.
func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // columns and rows are ours and few
	}
	return name
}

// last is the last row of the list.
func (w *writer) last() int { return max(len(w.list.Rows), 1) + 1 }

// rows writes the list. A text stays a text, whatever it begins with.
func (w *writer) rows() error {
	heads := columns()
	if err := w.file.SetSheetRow(listSheet, "A1", &heads); err != nil {
		return err
	}
	for i, r := range w.list.Rows {
		cells := make([]string, 0, lastColumn)
		cells = append(cells, fit(r.Shown, len(domain.ShownColumns))...)
		cells = append(cells, fit(r.Filled, len(domain.FilledColumns))...)
		cells = append(cells, "", r.EntryID, strconv.FormatInt(r.BaseRevision, 10), w.list.ID, r.Mark)
		for i, text := range cells {
			cells[i] = workbook.Literal(text)
		}
		if err := w.file.SetSheetRow(listSheet, cell(1, i+2), &cells); err != nil {
			return err
		}
	}
	last := w.last()
	for _, part := range []struct{ from, to, style int }{
		{1, firstFilled - 1, w.styles.shown},
		{firstFilled, remarkPlace - 1, w.styles.filled},
		{remarkPlace, lastColumn, w.styles.remark},
	} {
		if err := w.file.SetCellStyle(listSheet, cell(part.from, 2), cell(part.to, last), part.style); err != nil {
			return err
		}
	}
	return w.file.SetCellStyle(listSheet, "A1", cell(lastColumn, 1), w.styles.head)
}

// fit gives so many texts.
func fit(texts []string, n int) []string {
	cells := make([]string, n)
	copy(cells, texts)
	return cells
}

// verdicts colours bad rows and says what is wrong with them.
func (w *writer) verdicts(verdicts []app.RowVerdict) error {
	for _, v := range verdicts {
		row, text := v.Row+2, "已保存"
		switch v.State {
		case app.RowReady:
			continue
		case app.RowBad:
			lines := make([]string, len(v.Problems))
			for i, p := range v.Problems {
				if lines[i] = p.Message; p.Column != "" {
					lines[i] = "【" + p.Column + "】" + p.Message
				}
			}
			text = strings.Join(lines, "\n")
			if err := w.file.SetCellStyle(listSheet, cell(firstFilled, row), cell(remarkPlace-1, row), w.styles.bad); err != nil {
				return err
			}
		case app.RowSaved:
		}
		if err := w.file.SetCellStr(listSheet, cell(remarkPlace, row), text); err != nil {
			return err
		}
	}
	return nil
}

// lists writes the classification standard, the codes of each action together, and the
// regions; each list has a name that the choices go by.
func (w *writer) lists() error {
	if err := w.file.SetSheetRow(codeSheet, "A1", &[]string{"核查结果", "说明", "核查类别", "", "就读省县", "就读学校"}); err != nil {
		return err
	}
	row := 2
	for action := domain.Enrolled; action <= domain.Unconfirmed; action++ {
		first := row
		for _, c := range w.hints.Codes {
			if c.Action != action {
				continue
			}
			if err := w.file.SetSheetRow(codeSheet, cell(1, row), &[]string{c.Code + " " + c.Name, c.Explanation, domain.ActionNames[action]}); err != nil {
				return err
			}
			row++
		}
		if row > first {
			if err := w.name(domain.ActionNames[action], 1, first, row-1); err != nil {
				return err
			}
		}
	}
	for i, region := range w.hints.Regions {
		if err := w.file.SetCellStr(codeSheet, cell(5, i+2), region); err != nil {
			return err
		}
	}
	if err := w.name(regionsName, 5, 2, max(len(w.hints.Regions), 1)+1); err != nil {
		return err
	}
	schools := w.named()
	for i, school := range schools {
		if err := w.file.SetCellStr(codeSheet, cell(6, i+2), workbook.Literal(school)); err != nil {
			return err
		}
	}
	if w.schoolRows = len(schools); w.schoolRows > 0 {
		if err := w.name(schoolsName, 6, 2, len(schools)+1); err != nil {
			return err
		}
	}
	for column, width := range map[string]float64{"A": 22, "B": 60, "C": 14, "E": 30, "F": 30} {
		if err := w.file.SetColWidth(codeSheet, column, column, width); err != nil {
			return err
		}
	}
	return w.file.SetCellStyle(codeSheet, "A1", "F1", w.styles.head)
}

// The names of the lists that no action has.
const (
	regionsName = "就读省县选项"
	schoolsName = "就读学校选项"
)

// named are the schools that the list names, in their order.
func (w *writer) named() (schools []string) {
	seen := map[string]bool{"": true}
	place := slices.Index(domain.ShownColumns, "省内学校名称")
	for _, r := range w.list.Rows {
		if school := fit(r.Shown, len(domain.ShownColumns))[place]; !seen[school] {
			seen[school] = true
			schools = append(schools, school)
		}
	}
	slices.Sort(schools)
	return schools
}

func (w *writer) name(name string, column, from, to int) error {
	letters, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	return w.file.SetDefinedName(&excelize.DefinedName{
		Name: name, RefersTo: fmt.Sprintf("'%s'!$%s$%d:$%s$%d", codeSheet, letters, from, letters, to),
	})
}

// choices are the lists to choose from. A code has to be of the row's action; a region or
// school may be another than is offered.
func (w *writer) choices() error {
	action := excelize.NewDataValidation(true)
	names := []string{}
	for a := domain.Enrolled; a <= domain.Unconfirmed; a++ {
		names = append(names, domain.ActionNames[a])
	}
	if err := action.SetDropList(names); err != nil {
		return err
	}
	action.SetError(excelize.DataValidationErrorStyleStop, "核查类别", "请从下拉列表中选择")
	code := excelize.NewDataValidation(true)
	actionColumn, err := excelize.ColumnNumberToName(filledPlace("action"))
	if err != nil {
		return err
	}
	code.SetSqrefDropList("INDIRECT($" + actionColumn + "2)")
	code.SetError(excelize.DataValidationErrorStyleStop, "核查结果", "请先选择核查类别，再从下拉列表中选择该类别的代码")
	region := excelize.NewDataValidation(true)
	region.SetSqrefDropList(regionsName)
	region.SetError(excelize.DataValidationErrorStyleInformation, "就读省县", "该区划不在下拉列表中，请确认是六位区划代码")
	region.SetInput("就读省县", "可选择，也可直接填写六位区划代码")
	validations := map[string]*excelize.DataValidation{"action": action, "code": code, "school_region": region}
	for field, text := range prompts {
		prompt := excelize.NewDataValidation(true)
		prompt.SetInput(domain.HeadOf(field), text)
		validations[field] = prompt
	}
	if school := w.schools(); school != nil {
		validations["school"] = school
	}
	for _, c := range domain.FilledColumns {
		validation, ok := validations[c.Field]
		if !ok {
			continue
		}
		place := filledPlace(c.Field)
		validation.SetSqref(cell(place, 2) + ":" + cell(place, w.last()))
		if err := w.file.AddDataValidation(listSheet, validation); err != nil {
			return err
		}
	}
	return nil
}

// schools offers those that the list names; nil when it names none.
func (w *writer) schools() *excelize.DataValidation {
	if w.schoolRows == 0 {
		return nil
	}
	v := excelize.NewDataValidation(true)
	v.SetSqrefDropList(schoolsName)
	v.SetError(excelize.DataValidationErrorStyleInformation, "就读学校", "该学校不在下拉列表中，请确认是学校全称")
	v.SetInput("就读学校", prompts["school"])
	return v
}

// prompts are shown when a cell is entered.
var prompts = map[string]string{
	"school":                  "“实际就读”必填，填写学校全称",
	"national_student_number": "B2 且台账无学籍号时必填",
	"witness_date":            "填写 2019-07-20 这样的日期",
	"explanation":             "B1、B4、B7、B9、B10、99 等必填；B9 须写明公安部门界定情况",
	"current_situation":       "A8 必填",
	"family_situation":        "A8 必填",
	"parent_contact":          "A8 必填",
}

// layout freezes head and names, hides the keys, and sets up printing.
func (w *writer) layout() error {
	for i, head := range columns() {
		letters, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		width, ok := widths[head]
		if !ok {
			width = usualWidth
		}
		if err := w.file.SetColWidth(listSheet, letters, letters, width); err != nil {
			return err
		}
		if i+1 >= firstKey {
			if err := w.file.SetColVisible(listSheet, letters, false); err != nil {
				return err
			}
		}
	}
	if err := w.file.SetPanes(listSheet, &excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	remark, err := excelize.ColumnNumberToName(remarkPlace)
	if err != nil {
		return err
	}
	// Two pages side by side: on one nobody could read it.
	landscape, a3, wide, many := "landscape", 8, 2, 0
	fits := true
	for _, name := range []excelize.DefinedName{
		{Name: "_xlnm.Print_Titles", RefersTo: "'" + listSheet + "'!$A:$B,'" + listSheet + "'!$1:$1", Scope: listSheet},
		{Name: "_xlnm.Print_Area", RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", listSheet, remark, w.last()), Scope: listSheet},
	} {
		if err := w.file.SetDefinedName(&name); err != nil {
			return err
		}
	}
	if err := w.file.SetSheetProps(listSheet, &excelize.SheetPropsOptions{FitToPage: &fits}); err != nil {
		return err
	}
	if err := w.file.SetPageLayout(listSheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a3, FitToWidth: &wide, FitToHeight: &many}); err != nil {
		return err
	}
	return w.file.SetHeaderFooter(listSheet, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页，共 &N 页"})
}

// protection leaves open what is to be filled in. It has no password: it keeps from
// mistakes, the marks from more.
func (w *writer) protection() error {
	for _, sheet := range []string{listSheet, codeSheet} {
		if err := w.file.ProtectSheet(sheet, &excelize.SheetProtectionOptions{
			SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true,
		}); err != nil {
			return err
		}
	}
	return nil
}
