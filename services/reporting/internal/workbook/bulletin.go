package workbook

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

var sourceNames = map[domain.Source]string{
	0: "未标明", 1: "疑似辍学和辍学", 2: "适龄无学籍", 3: "建档立卡未匹配", domain.AllSources: "全部",
}

// Bulletin writes the month's workbook: 按市, 按县, 按核查结果, 按数据类别.
func Bulletin(s app.Snapshot, out io.Writer) (err error) {
	b := &bulletin{file: excelize.NewFile(), snapshot: s}
	defer func() {
		if e := b.file.Close(); err == nil && e != nil {
			err = e
		}
	}()
	for _, step := range []func() error{b.styles, b.cities, b.counties, b.codes, b.sources} {
		if err := step(); err != nil {
			return fmt.Errorf("bulletin of %s: %w", s.Month, err)
		}
	}
	if err := b.file.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("bulletin of %s: %w", s.Month, err)
	}
	if err := b.file.Write(out); err != nil {
		return fmt.Errorf("bulletin of %s: %w", s.Month, err)
	}
	return nil
}

type bulletin struct {
	file                      *excelize.File
	snapshot                  app.Snapshot
	title, head, text, number int
}

func (b *bulletin) styles() (err error) {
	border := []excelize.Border{
		{Type: "left", Style: 1, Color: "000000"},
		{Type: "right", Style: 1, Color: "000000"},
		{Type: "top", Style: 1, Color: "000000"},
		{Type: "bottom", Style: 1, Color: "000000"},
	}
	center := &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&b.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}, Alignment: center}},
		{&b.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: center, Border: border}},
		{&b.text, excelize.Style{Border: border}},
		{&b.number, excelize.Style{Border: border, NumFmt: 3}},
	} {
		if *s.id, err = b.file.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// mainColumns are the definitions' columns but the single codes, which have a sheet of
// their own.
func mainColumns() []domain.Figure {
	return slices.DeleteFunc(slices.Clone(domain.Figures), func(f domain.Figure) bool { return strings.HasPrefix(f.Key, "byCode.") })
}

func titles(figures []domain.Figure) []string {
	heads := make([]string, len(figures))
	for i, f := range figures {
		heads[i] = f.Title
	}
	return heads
}

// cell is what a snapshot says in a column; one that its definitions did not have yet
// is not zero.
func (b *bulletin) cell(f domain.Figure, r *domain.Row) any {
	switch {
	case f.Since > b.snapshot.Definitions, f.Kind == domain.RankFigure && f.Count(r) == 0:
		return "—"
	case f.Kind == domain.RateFigure:
		return f.Rate(r)
	}
	return f.Count(r)
}

func (b *bulletin) mainRow(n any, name string, r *domain.Row) []any {
	row := []any{n, name}
	for _, f := range mainColumns() {
		row = append(row, b.cell(f, r))
	}
	return row
}

func (b *bulletin) cities() error {
	return b.mainTable("按市", func(r *domain.Row) bool { return r.Region.Level != domain.LevelCounty })
}

func (b *bulletin) counties() error {
	return b.mainTable("按县", func(*domain.Row) bool { return true })
}

// mainTable lists the chosen regions, the province as the last row: 全省合计.
func (b *bulletin) mainTable(sheet string, chosen func(*domain.Row) bool) error {
	var rows [][]any
	var total []any
	for i := range b.snapshot.Rows {
		r := &b.snapshot.Rows[i]
		if r.Source != domain.AllSources || !chosen(r) {
			continue
		}
		if r.Region.Level == domain.LevelProvince {
			total = b.mainRow("", "全省合计", r)
			continue
		}
		rows = append(rows, b.mainRow(len(rows)+1, r.Region.Name, r))
	}
	return b.sheet(sheet, append([]string{"序号", "市/县"}, titles(mainColumns())...), append(rows, total))
}

func (b *bulletin) codes() error {
	heads := append([]string{"序号", "市/县"}, domain.Codes...)
	var rows [][]any
	for i := range b.snapshot.Rows {
		r := &b.snapshot.Rows[i]
		if r.Source != domain.AllSources {
			continue
		}
		row := []any{len(rows) + 1, r.Region.Name}
		for _, c := range domain.Codes {
			row = append(row, r.ByCode[c])
		}
		rows = append(rows, append(row, r.Unconfirmed, r.Pending, r.Total))
	}
	return b.sheet("按核查结果", append(heads, "99", "未处理", "台账总数"), rows)
}

func (b *bulletin) sources() error {
	heads := []string{"序号", "市/县", "数据类别", "台账总数", "已核查", "核查率", "A 小计", "B 小计", "99 未确认", "未处理"}
	verifiedRate, _ := domain.FigureOf("verifiedRate")
	var rows [][]any
	for i := range b.snapshot.Rows {
		r := &b.snapshot.Rows[i]
		if r.Source == domain.AllSources || r.Total == 0 {
			continue
		}
		rows = append(rows, []any{
			len(rows) + 1, r.Region.Name, sourceNames[r.Source], r.Total, r.A + r.B, b.cell(verifiedRate, r), r.A, r.B, r.Unconfirmed, r.Pending,
		})
	}
	return b.sheet("按数据类别", heads, rows)
}

// sheet writes a title, what the figures are as of, the heads and the rows.
func (b *bulletin) sheet(name string, heads []string, rows [][]any) error {
	f := b.file
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(heads))
	if err != nil {
		return err
	}
	kind := "月末汇总"
	if b.snapshot.State == domain.Interim {
		kind = "期中汇总（本月尚未结束，非月末数）"
	}
	note := fmt.Sprintf("%s　截至 %s　第 %d 号　校验码 %s", kind,
		b.snapshot.Cutoff.In(domain.Shanghai).Format("2006年1月2日 15:04:05"), b.snapshot.Number, b.snapshot.Digest[:16])
	steps := []func() error{
		func() error { return f.MergeCell(name, "A1", last+"1") },
		func() error {
			return f.SetCellStr(name, "A1", fmt.Sprintf("浙江省控辍保学工作台账 %s 情况（%s）", b.snapshot.Month, name))
		},
		func() error { return f.SetCellStyle(name, "A1", last+"1", b.title) },
		func() error { return f.SetRowHeight(name, 1, 30) },
		func() error { return f.MergeCell(name, "A2", last+"2") },
		func() error { return f.SetCellStr(name, "A2", note) },
		func() error { return f.SetSheetRow(name, "A3", &heads) },
		func() error { return f.SetCellStyle(name, "A3", last+"3", b.head) },
		func() error { return f.SetColWidth(name, "A", "A", 6) },
		func() error { return f.SetColWidth(name, "B", "B", 16) },
		func() error { return f.SetColWidth(name, "C", last, 10) },
		func() error {
			return f.SetPanes(name, &excelize.Panes{Freeze: true, XSplit: 2, YSplit: 3, TopLeftCell: "C4", ActivePane: "bottomRight"})
		},
		func() error {
			landscape, a4, wide, high := "landscape", 9, 1, 0
			if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &high}); err != nil {
				return err
			}
			fit := true
			return f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for i, row := range rows {
		cell := fmt.Sprintf("A%d", i+4)
		if err := f.SetSheetRow(name, cell, &row); err != nil {
			return err
		}
		if err := f.SetCellStyle(name, cell, fmt.Sprintf("%s%d", last, i+4), b.number); err != nil {
			return err
		}
		if err := f.SetCellStyle(name, cell, fmt.Sprintf("B%d", i+4), b.text); err != nil {
			return err
		}
	}
	return nil
}
