package circular

import (
	"fmt"
	"strings"

	"baoxue.internal/services/reporting/internal/domain"
)

// The main table's columns; those of the second row only when the snapshot has them.
var (
	progressColumns = []string{
		"total", "verified", "verifiedRate", "rank", "aTotal", "returned", "returnedRate", "bTotal", "bShare", "unconfirmed", "pending",
	}
	workColumns = []string{"late", "overdue", "closed"}
)

// progress is the main table: county, 市小计, 省本级, 全省合计.
func progress(b domain.Bulletin) Annex {
	columns := progressColumns
	if b.WorkKnown {
		columns = append(columns[:len(columns):len(columns)], workColumns...)
	}
	a := Annex{
		Title: "各地核查进展情况表", Head: append([]string{"市/县"}, titles(columns)...),
		Note: "A 小计 + B 小计 + 99 未确认 + 未处理 = 台账总数；99 不计入已核查；分母为零的不计算，记为 —；并列者名次相同。汇总数据校验码 " + b.Digest + "。",
	}
	if b.Compared {
		a.Head = append(a.Head, "已核查较上期")
	}
	a.Lines = standings(b, func(s domain.Standing) []string {
		cells := cellsOf(&s.Row, columns)
		if b.Compared {
			cells = append(cells, domain.Change(s.Since))
		}
		return cells
	})
	return a
}

// results is how many children have each code.
func results(b domain.Bulletin) Annex {
	a := Annex{Title: "各地核查结果分类情况表", Head: append(append([]string{"市/县"}, domain.Codes...), "99", "未处理", "台账总数")}
	a.Lines = standings(b, func(s domain.Standing) []string { return byCode(&s.Row) })
	return a
}

// sources is the province's table by 数据类别.
func sources(b domain.Bulletin) Annex {
	a := Annex{Title: "分数据类别核查情况表", Head: append([]string{"数据类别"}, titles(progressColumns)...)}
	for i := range b.BySource {
		if r := &b.BySource[i]; r.Total > 0 {
			a.Lines = append(a.Lines, lineOf(r.Source.Name(), r, progressColumns, false))
		}
	}
	a.Lines = append(a.Lines, lineOf("合计", &b.Province.Row, progressColumns, true))
	return a
}

// reviewed is what spot checks of B findings came to, a code each.
func reviewed(b domain.Bulletin) Annex {
	a := Annex{
		Title: "B 类核查结果复核情况表", Head: []string{"核查结果", "人数", "已复核", "退回重核", "退回率"},
		Note: "人数为截至时点核查结果为该类的学生数；已复核、退回重核为截至时点作出的复核结论数，按复核时的核查结果归类，同一学生可被多次复核。",
	}
	line := func(name string, children, decided, overturned int64, sum bool) {
		cells := []string{name, count(children), count(decided), count(overturned), domain.Percent(overturned, decided)}
		a.Lines = append(a.Lines, Line{Cells: cells, Sum: sum})
	}
	byCode := domain.ReviewedByCode(b.Reviews)
	var all domain.Reviewed
	for _, code := range domain.ReviewedCodes() {
		r := byCode[code]
		line(code, b.Province.ByCode[code], r.Decided, r.Overturned, false)
		all.Decided += r.Decided
		all.Overturned += r.Overturned
	}
	line("合计", b.Province.B, all.Decided, all.Overturned, true)
	return a
}

// overdue lists the counties with something that should have been done.
func overdue(b domain.Bulletin) Annex {
	columns := []string{"overdue", "givenBack", "dutyOpen", "pending", "late"}
	a := Annex{Title: "超期和待办情况表", Head: append([]string{"县（市、区）"}, titles(columns)...), Note: "仅列有超期、退回或学籍待办的县（市、区）。"}
	for _, city := range b.Cities {
		for i := range city.Counties {
			if r := &city.Counties[i].Row; r.Overdue+r.GivenBack+r.DutyOpen > 0 {
				a.Lines = append(a.Lines, lineOf(r.Region.Name, r, columns, false))
			}
		}
	}
	a.Lines = append(a.Lines, lineOf("全省合计", &b.Province.Row, columns, true))
	return a
}

// corrections lists what came out otherwise after the close, each time; by source it is in the
// system alone.
func corrections(b domain.Bulletin) Annex {
	a := Annex{Title: "结账后更正情况表", Head: []string{"地区", "更正", "指标", "更正前", "更正后"}}
	var reasons []string
	for _, c := range b.Corrections {
		which := fmt.Sprintf("第 %d 次", c.Number)
		reasons = append(reasons, fmt.Sprintf("%s更正（%s）：%s", which, day(c.At), c.Reason))
		for _, d := range c.Differences {
			if d.Source != domain.AllSources {
				continue
			}
			f, _ := domain.FigureOf(d.Figure)
			a.Lines = append(a.Lines, Line{
				Cells: []string{d.Region.Name, which, f.Title, count(d.Before), count(d.After)}, Sum: d.Region.Level == domain.LevelProvince,
			})
		}
	}
	a.Note = strings.Join(reasons, "；") + "。"
	return a
}

func titles(keys []string) []string {
	all := make([]string, len(keys))
	for i, key := range keys {
		f, _ := domain.FigureOf(key)
		all[i] = f.Title
	}
	return all
}

// standings are the lines of a table by region.
func standings(b domain.Bulletin, cells func(domain.Standing) []string) []Line {
	var lines []Line
	line := func(name string, s domain.Standing, sum bool) {
		lines = append(lines, Line{Cells: append([]string{name}, cells(s)...), Sum: sum})
	}
	for _, city := range b.Cities {
		for _, county := range city.Counties {
			line(county.Region.Name, county, false)
		}
		line(city.Region.Name+"小计", city.Standing, true)
	}
	line(domain.Queue.Name, b.Queue, true)
	line("全省合计", b.Province, true)
	return lines
}

func byCode(r *domain.Row) []string {
	cells := make([]string, 0, len(domain.Codes)+3)
	for _, code := range domain.Codes {
		cells = append(cells, count(r.ByCode[code]))
	}
	return append(cells, count(r.Unconfirmed), count(r.Pending), count(r.Total))
}

func lineOf(name string, r *domain.Row, columns []string, sum bool) Line {
	return Line{Cells: append([]string{name}, cellsOf(r, columns)...), Sum: sum}
}

func cellsOf(r *domain.Row, columns []string) []string {
	cells := make([]string, 0, len(columns)+1)
	for _, key := range columns {
		f, _ := domain.FigureOf(key)
		cells = append(cells, f.Text(r))
	}
	return cells
}
