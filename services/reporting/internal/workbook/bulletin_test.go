package workbook_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/workbook"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var divisions = []domain.Region{
	{Code: "330100", Name: "杭州市", Level: domain.LevelCity, Parent: "330000"},
	{Code: "330300", Name: "温州市", Level: domain.LevelCity, Parent: "330000"},
	{Code: "330102", Name: "上城区", Level: domain.LevelCounty, Parent: "330100"},
	{Code: "330106", Name: "西湖区", Level: domain.LevelCounty, Parent: "330100"},
	{Code: "330302", Name: "鹿城区", Level: domain.LevelCounty, Parent: "330300"},
	{Code: "330327", Name: "苍南县", Level: domain.LevelCounty, Parent: "330300"},
}

func snapshot(t *testing.T) app.Snapshot {
	t.Helper()
	m, err := domain.ParseMonth("2019-07")
	if err != nil {
		t.Fatal(err)
	}
	table, err := domain.Table([]domain.Bucket{
		{County: "330106", Source: 1, Code: "A1", Entries: 1, Traits: domain.EverA | domain.Overdue},
		{County: "330106", Source: 1, Code: "B2", Entries: 1199, Traits: domain.EverA | domain.Returned | domain.Settled},
		{County: "330106", Source: 2, Code: "99", Entries: 300},
		{County: "330102", Source: 3, Code: "B10", Entries: 49999},
		{County: "330102", Source: 3, Entries: 1, Traits: domain.Late},
		{County: "330302", Source: 1, Code: "A8", Entries: 40, Traits: domain.EverA},
		{County: "330302", Source: 0, Entries: 60},
		{Source: 0, Entries: 7},
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	return app.Snapshot{
		Number: 7, Month: m, State: domain.Closed, Cutoff: m.End(), Digest: domain.Digest(m, m.End(), domain.CurrentDefinitions, table, nil),
		Definitions: domain.CurrentDefinitions, Rows: table, CreatedAt: m.End().Add(time.Hour),
	}
}

func written(t *testing.T, s app.Snapshot, corrections ...domain.Correction) (*excelize.File, []byte) {
	t.Helper()
	var out bytes.Buffer
	if err := workbook.Bulletin(s, corrections, &out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, out.Bytes()
}

func rows(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	all, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// DOMAIN §4: A + B + 99 + 未处理 = 台账总数, in every row of every sheet that has them.
func TestEveryRowOfTheBulletinAddsUp(t *testing.T) {
	f, _ := written(t, snapshot(t))
	for _, sheet := range []string{"按市", "按县", "按数据类别"} {
		all := rows(t, f, sheet)
		column := func(title string) int { return slices.Index(all[2], title) }
		for _, row := range all[3:] {
			count := func(title string) int {
				n, err := strconv.Atoi(row[column(title)])
				if err != nil {
					t.Fatalf("%s %v: %v", sheet, row, err)
				}
				return n
			}
			if count("A 小计")+count("B 小计")+count("99 未确认")+count("未处理") != count("台账总数") {
				t.Errorf("%s: %v does not add up", sheet, row)
			}
		}
		if len(all) < 7 {
			t.Errorf("%s has %d rows", sheet, len(all))
		}
	}
}

// What was corrected has a sheet of its own, each count as a number; a month without has none.
func TestCorrectionsHaveASheet(t *testing.T) {
	s := snapshot(t)
	f, _ := written(t, s)
	if slices.Contains(f.GetSheetList(), "更正") {
		t.Error("a month without corrections has the sheet")
	}
	before := rows(t, f, "按县")
	f, _ = written(t, s, domain.Correction{Number: 1, Reason: "=迟到的核查", At: s.Cutoff, Differences: []domain.Difference{
		{Region: divisions[3], Source: 1, Figure: "pending", Before: 41, After: 40},
		{Region: domain.Province, Source: domain.AllSources, Figure: "aTotal", Before: 52, After: 53},
	}})
	all := rows(t, f, "更正")
	if len(all) != 5 || strings.Join(all[3], " ") != "1 2019-08-01 00:00 西湖区 "+domain.Source(1).Name()+" 未处理 41 40 =迟到的核查" ||
		strings.Join(all[4][2:7], " ") != "浙江省 合计 A 小计 52 53" {
		t.Errorf("got %v", all)
	}
	if formula, err := f.GetCellFormula("更正", "H4"); err != nil || formula != "" {
		t.Errorf("the reason is the formula %q, %v", formula, err)
	}
	if kind, err := f.GetCellType("更正", "F4"); err != nil || kind == excelize.CellTypeSharedString {
		t.Errorf("a count is text: %v, %v", kind, err)
	}
	if !slices.EqualFunc(before, rows(t, f, "按县"), slices.Equal) {
		t.Error("the closed figures changed")
	}
}

// A rate is a number that a sheet can sort and draw; what is not all is not shown as all,
// and over zero there is none.
func TestRatesAreNumbersThatDoNotFlatter(t *testing.T) {
	f, _ := written(t, snapshot(t))
	all := rows(t, f, "按县")
	rate := slices.Index(all[2], "核查率")
	want := map[string]string{"上城区": "0.9999", "苍南县": "—", "鹿城区": "0.4", "西湖区": "0.8"}
	for _, row := range all[3:] {
		if w, ok := want[row[1]]; ok && row[rate] != w {
			t.Errorf("%s: %s, want %s", row[1], row[rate], w)
		}
	}
	if kind, err := f.GetCellType("按县", "E4"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a rate is of type %v, %v", kind, err)
	}
	if id, err := f.GetCellStyle("按县", "E4"); err != nil {
		t.Error(err)
	} else if style, err := f.GetStyle(id); err != nil || style.CustomNumFmt == nil || *style.CustomNumFmt != "0.00%" {
		t.Errorf("%+v, %v", style, err)
	}
}

func TestTheBulletinHasItsSheetsAndCharts(t *testing.T) {
	f, raw := written(t, snapshot(t))
	if got, want := f.GetSheetList(), []string{"按市", "按县", "按A、B码", "按数据类别", "复核情况", "超期清单", "填表说明"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if all := rows(t, f, "超期清单"); len(all) != 4 || all[3][1] != "西湖区" {
		t.Errorf("overdue: %v", all[3:])
	}
	if all := rows(t, f, "填表说明"); len(all) != 3+len(domain.Figures) {
		t.Errorf("%d definitions", len(all)-3)
	}
	if all := rows(t, f, "按市"); all[len(all)-1][1] != "全省合计" || all[len(all)-2][1] != "省本级" {
		t.Errorf("%v", all)
	}
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	charts := 0
	for _, file := range archive.File {
		if strings.HasPrefix(file.Name, "xl/charts/chart") {
			charts++
		}
	}
	if charts != 3 {
		t.Errorf("%d charts", charts)
	}
}

// The province by code first, then who was reviewed: an entry of the province's own queue, and a
// county that is no more by the month's end, among them.
func TestTheBulletinTellsWhatReviewsCameTo(t *testing.T) {
	s := snapshot(t)
	s.Reviews = []domain.Reviewed{
		{County: "330106", Code: "B10", Decided: 1},
		{County: "330106", Code: "B2", Decided: 3, Overturned: 1},
		{Code: "B2", Decided: 4},
		{County: "330199", Code: "B1", Decided: 2, Overturned: 2},
	}
	f, _ := written(t, s)
	all := rows(t, f, "复核情况")[3:]
	if len(all) != 10+4 {
		t.Fatalf("%d rows: %v", len(all), all)
	}
	for row, want := range map[int]string{
		0: "1 全省合计 B1 0 2 2 1", 1: "2 全省合计 B2 1199 7 1 0.1429", 3: "4 全省合计 B4 0 0 0 —", 9: "10 全省合计 B10 49999 1 0 0",
		10: "11 省本级 B2 0 4 0 0", 11: "12 西湖区 B2 1199 3 1 0.3333", 12: "13 西湖区 B10 0 1 0 0", 13: "14 330199 B1 0 2 2 1",
	} {
		if got := strings.ReplaceAll(strings.Join(all[row], " "), ",", ""); got != want {
			t.Errorf("row %d is %q, want %q", row, got, want)
		}
	}
}

// A column that a snapshot's definitions did not have is not shown as zero.
func TestAnOldSnapshotClaimsNothingNew(t *testing.T) {
	s := snapshot(t)
	s.Definitions = domain.FirstDefinitions
	f, _ := written(t, s)
	all := rows(t, f, "按市")
	if got := all[3][slices.Index(all[2], "销号")]; got != "—" {
		t.Errorf("销号 is %q", got)
	}
	if slices.Contains(f.GetSheetList(), "复核情况") {
		t.Error("there is a sheet of reviews")
	}
}
