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

// The sheets. 按 A/B 码 has no slash: a sheet's name can't.
const (
	byCity    = "按市"
	byCounty  = "按县"
	byCode    = "按A、B码"
	bySource  = "按数据类别"
	reviewed  = "复核情况"
	overdue   = "超期清单"
	corrected = "更正"
	reference = "填表说明"
)

// Bulletin writes the month's workbook: the figures as they were closed and, when there are any,
// how they were corrected since. It names regions and no child.
func Bulletin(s app.Snapshot, corrections []domain.Correction, out io.Writer) (err error) {
	b := &bulletin{file: excelize.NewFile(), snapshot: s, corrections: corrections}
	defer func() {
		if e := b.file.Close(); err == nil && e != nil {
			err = e
		}
	}()
	if b.styles, err = newStyles(b.file); err != nil {
		return fmt.Errorf("bulletin of %s: %w", s.Month, err)
	}
	for _, step := range []func() error{b.cities, b.counties, b.codes, b.sources, b.reviewed, b.overdue, b.corrected, b.reference} {
		if err := step(); err != nil {
			return fmt.Errorf("bulletin of %s: %w", s.Month, err)
		}
	}
	if err := b.file.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("bulletin of %s: %w", s.Month, err)
	}
	b.file.SetActiveSheet(0)
	if err := b.file.Write(out); err != nil {
		return fmt.Errorf("bulletin of %s: %w", s.Month, err)
	}
	return nil
}

type bulletin struct {
	file        *excelize.File
	snapshot    app.Snapshot
	corrections []domain.Correction
	styles      styles
}

// mainColumns are the definitions' columns but the single codes, which have a sheet of
// their own.
func mainColumns() []domain.Figure {
	return slices.DeleteFunc(slices.Clone(domain.Figures), func(f domain.Figure) bool { return strings.HasPrefix(f.Key, "byCode.") })
}

func columns(keys ...string) []domain.Figure {
	figures := make([]domain.Figure, 0, len(keys))
	for _, key := range keys {
		if f, ok := domain.FigureOf(key); ok {
			figures = append(figures, f)
		}
	}
	return figures
}

// cell is what a snapshot says in a column; one that its definitions did not have yet
// is not zero.
func (b *bulletin) cell(f domain.Figure, r *domain.Row) any {
	if f.Since > b.snapshot.Definitions {
		return domain.NoRate
	}
	return f.Value(r)
}

// table is a sheet of regions with the figures, before which lead says what the row is.
func (b *bulletin) table(name string, lead []string, figures []domain.Figure, chosen func(*domain.Row) bool, leads func(r *domain.Row) []any) sheet {
	s := sheet{name: name, heads: append([]string{"序号"}, lead...), widths: []float64{6, 16, 10}, frozen: 2}
	for _, f := range figures {
		s.heads = append(s.heads, f.Title)
	}
	for i := range b.snapshot.Rows {
		r := &b.snapshot.Rows[i]
		if !chosen(r) {
			continue
		}
		row := append([]any{len(s.rows) + 1}, leads(r)...)
		for _, f := range figures {
			row = append(row, b.cell(f, r))
		}
		s.rows = append(s.rows, row)
	}
	return s
}

func name(r *domain.Row) []any { return []any{r.Region.Name} }

func overAll(r *domain.Row) bool { return r.Source == domain.AllSources }

// totalLast moves the province's row to the end: 全省合计.
func (s *sheet) totalLast() {
	if len(s.rows) == 0 {
		return
	}
	total := s.rows[0]
	total[0], total[1] = "", "全省合计"
	s.rows = append(s.rows[1:], total)
	for i := range s.rows[:len(s.rows)-1] {
		s.rows[i][0] = i + 1
	}
}

func (b *bulletin) cities() error {
	s := b.table(byCity, []string{"市"}, mainColumns(), func(r *domain.Row) bool { return overAll(r) && r.Region.Level != domain.LevelCounty }, name)
	s.totalLast()
	if err := b.write(s); err != nil {
		return err
	}
	// The queue and the province are no city's rivals.
	last := firstRow + len(s.rows) - 3
	for i, key := range []string{"verifiedRate", "returnedRate"} {
		f := columns(key)[0]
		column := slices.Index(s.heads, f.Title) + 1
		err := b.draw(chart{
			sheet: byCity, title: "各市" + f.Title, at: fmt.Sprintf("B%d", firstRow+len(s.rows)+2+18*i), rate: true,
			names: span{2, firstRow, 2, last}, values: span{column, firstRow, column, last},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *bulletin) counties() error {
	s := b.table(byCounty, []string{"市/县"}, mainColumns(), overAll, func(r *domain.Row) []any {
		if r.Region.Level == domain.LevelCity {
			return []any{r.Region.Name + "小计"}
		}
		return name(r)
	})
	s.totalLast()
	return b.write(s)
}

func (b *bulletin) codes() error {
	keys := make([]string, 0, len(domain.Codes)+3)
	for _, code := range domain.Codes {
		keys = append(keys, "byCode."+code)
	}
	s := b.table(byCode, []string{"市/县"}, columns(append(keys, "unconfirmed", "pending", "total")...), overAll, name)
	s.totalLast()
	if err := b.write(s); err != nil {
		return err
	}
	row := firstRow + len(s.rows) - 1
	return b.draw(chart{
		sheet: byCode, title: "全省按核查结果的人数", at: fmt.Sprintf("B%d", row+3),
		names: span{3, headRow, 2 + len(domain.Codes), headRow}, values: span{3, row, 2 + len(domain.Codes), row},
	})
}

func (b *bulletin) sources() error {
	s := b.table(bySource, []string{"市/县", "数据类别"},
		columns("total", "verified", "verifiedRate", "aTotal", "returned", "returnedRate", "bTotal", "unconfirmed", "pending", "overdue", "closed"),
		func(r *domain.Row) bool { return !overAll(r) && r.Total > 0 },
		func(r *domain.Row) []any { return []any{r.Region.Name, r.Source.Name()} })
	s.widths, s.frozen = []float64{6, 16, 18, 10}, 3
	return b.write(s)
}

// reviewed is what reviews came to: of the whole province by code, then of each county that was
// reviewed.
func (b *bulletin) reviewed() error {
	if b.snapshot.Definitions < domain.ReviewDefinitions {
		return nil
	}
	s := sheet{name: reviewed, heads: []string{"序号", "市/县", "核查结果", "人数", "已复核", "退回重核", "退回率"}, widths: []float64{6, 16, 10}, frozen: 3}
	line := func(region, code string, children, decided, overturned int64) {
		s.rows = append(s.rows, []any{len(s.rows) + 1, region, code, children, decided, overturned, domain.FractionOf(overturned, decided)})
	}
	regions := map[string]*domain.Row{}
	for i := range b.snapshot.Rows {
		if r := &b.snapshot.Rows[i]; overAll(r) {
			regions[r.Region.Code] = r
		}
	}
	// The province's own entries are of no county.
	regions[""] = regions[domain.Queue.Code]
	province, byCode := regions[domain.Province.Code], domain.ReviewedByCode(b.snapshot.Reviews)
	for _, code := range domain.ReviewedCodes() {
		line("全省合计", code, province.ByCode[code], byCode[code].Decided, byCode[code].Overturned)
	}
	for _, r := range domain.InOrder(b.snapshot.Reviews) {
		// A county that is no more by the month's end keeps its code, and has no children.
		name, children := r.County, int64(0)
		if row, ok := regions[r.County]; ok {
			name, children = row.Region.Name, row.ByCode[r.Code]
		}
		line(name, r.Code, children, r.Decided, r.Overturned)
	}
	return b.write(s)
}

// overdue lists counties that have something overdue, given back or waiting, by number:
// the children are opened in the system, by those who may.
func (b *bulletin) overdue() error {
	figures := columns("overdue", "givenBack", "dutyOpen", "unconfirmed", "pending", "late")
	return b.write(b.table(overdue, []string{"县（市、区）"}, figures, func(r *domain.Row) bool {
		handles := r.Region.Level == domain.LevelCounty || r.Region.Level == domain.LevelQueue
		return overAll(r) && handles && b.snapshot.Definitions >= domain.WorkDefinitions && r.Overdue+r.GivenBack+r.DutyOpen > 0
	}, name))
}

// corrected tells what came out otherwise after the close; the other sheets stay as they were.
func (b *bulletin) corrected() error {
	if len(b.corrections) == 0 {
		return nil
	}
	s := sheet{
		name: corrected, heads: []string{"更正", "时间", "地区", "数据类别", "指标", "更正前", "更正后", "原因"},
		widths: []float64{8, 18, 16, 18, 14, 10, 10, 40}, frozen: 3,
	}
	for _, c := range b.corrections {
		at := c.At.In(domain.Shanghai).Format("2006-01-02 15:04")
		for _, d := range c.Differences {
			source := "合计"
			if d.Source != domain.AllSources {
				source = d.Source.Name()
			}
			f, _ := domain.FigureOf(d.Figure)
			s.rows = append(s.rows, []any{c.Number, at, d.Region.Name, source, f.Title, d.Before, d.After, c.Reason})
		}
	}
	return b.write(s)
}

func (b *bulletin) reference() error {
	s := sheet{name: reference, heads: []string{"名称", "计算方法", "定义"}, widths: []float64{14, 22, 60}, portrait: true}
	for _, f := range domain.Figures {
		s.rows = append(s.rows, []any{f.Title, f.Formula(), f.Meaning})
	}
	return b.write(s)
}
