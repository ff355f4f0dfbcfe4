package workbook

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Rows of every sheet: title, what the figures are as of, heads, then the data.
const headRow, firstRow = 3, 4

// styles of the cells, by their ids in the file.
type styles struct{ title, head, text, count, rate, wrapped int }

func newStyles(f *excelize.File) (s styles, err error) {
	border := make([]excelize.Border, 0, 4)
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Style: 1, Color: "000000"})
	}
	center := &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
	thousands, percent := "#,##0", "0.00%"
	for _, each := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}, Alignment: center}},
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: center, Border: border}},
		{&s.text, excelize.Style{Border: border}},
		{&s.count, excelize.Style{Border: border, CustomNumFmt: &thousands, Alignment: &excelize.Alignment{Horizontal: "right"}}},
		{&s.rate, excelize.Style{Border: border, CustomNumFmt: &percent, Alignment: &excelize.Alignment{Horizontal: "right"}}},
		{&s.wrapped, excelize.Style{Border: border, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
	} {
		if *each.id, err = f.NewStyle(&each.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s styles) of(value any) int {
	switch v := value.(type) {
	case domain.Fraction:
		return s.rate
	case int, int64:
		return s.count
	case string:
		if v == domain.NoRate {
			return s.rate
		}
	}
	return s.text
}

// sheet is a table of the bulletin.
type sheet struct {
	name  string
	heads []string
	// widths of the columns in characters; the last one holds for the rest.
	widths []float64
	// frozen columns at the left.
	frozen int
	// portrait prints upright instead of across.
	portrait bool
	rows     [][]any
}

// asOf says what the figures are of; it stands under every title.
func asOf(s app.Snapshot) string {
	kind := "月末汇总"
	if s.State == domain.Interim {
		kind = "期中汇总（本月尚未结束，非月末数）"
	}
	return fmt.Sprintf("%s　截至 %s　第 %d 号　校验码 %s", kind, s.Cutoff.In(domain.Shanghai).Format("2006年1月2日 15:04:05"), s.Number, s.Digest[:16])
}

func (b *bulletin) write(s sheet) error {
	f := b.file
	if _, err := f.NewSheet(s.name); err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(s.heads))
	if err != nil {
		return err
	}
	for row, text := range map[int]string{1: fmt.Sprintf("浙江省控辍保学工作台账 %s 情况（%s）", b.snapshot.Month, s.name), 2: asOf(b.snapshot)} {
		cell := fmt.Sprintf("A%d", row)
		if err := f.MergeCell(s.name, cell, fmt.Sprintf("%s%d", last, row)); err != nil {
			return err
		}
		if err := f.SetCellStr(s.name, cell, text); err != nil {
			return err
		}
	}
	if err := f.SetCellStyle(s.name, "A1", last+"1", b.styles.title); err != nil {
		return err
	}
	if err := f.SetRowHeight(s.name, 1, 30); err != nil {
		return err
	}
	if err := f.SetSheetRow(s.name, fmt.Sprintf("A%d", headRow), &s.heads); err != nil {
		return err
	}
	if err := f.SetCellStyle(s.name, fmt.Sprintf("A%d", headRow), fmt.Sprintf("%s%d", last, headRow), b.styles.head); err != nil {
		return err
	}
	if err := b.fill(s); err != nil {
		return err
	}
	return b.setUp(s)
}

func (b *bulletin) fill(s sheet) error {
	for i, row := range s.rows {
		for j, value := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, firstRow+i)
			if err != nil {
				return err
			}
			style := b.styles.of(value)
			if s.portrait {
				style = b.styles.wrapped
			}
			// The library would write any other type than its own as text.
			if rate, ok := value.(domain.Fraction); ok {
				value = float64(rate)
			}
			if err := b.file.SetCellValue(s.name, cell, value); err != nil {
				return err
			}
			if err := b.file.SetCellStyle(s.name, cell, cell, style); err != nil {
				return err
			}
		}
	}
	return nil
}

// setUp sets what a printed and a scrolled sheet need: widths, heads that stay and are
// on every printed page, A4, page numbers.
func (b *bulletin) setUp(s sheet) error {
	f := b.file
	for i := range s.heads {
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := f.SetColWidth(s.name, column, column, s.widths[min(i, len(s.widths)-1)]); err != nil {
			return err
		}
	}
	corner, err := excelize.CoordinatesToCellName(s.frozen+1, firstRow)
	if err != nil {
		return err
	}
	pane := "bottomRight"
	if s.frozen == 0 {
		pane = "bottomLeft"
	}
	if err := f.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: s.frozen, YSplit: headRow, TopLeftCell: corner, ActivePane: pane}); err != nil {
		return err
	}
	orientation, a4, wide, high, fit := "landscape", 9, 1, 0, true
	if s.portrait {
		orientation = "portrait"
	}
	if err := f.SetPageLayout(s.name, &excelize.PageLayoutOptions{Orientation: &orientation, Size: &a4, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	if err := f.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页，共 &N 页"}); err != nil {
		return err
	}
	return f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$1:$%d", s.name, headRow), Scope: s.name,
	})
}
