package circular_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/circular"
	"baoxue.internal/services/reporting/internal/domain"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func bulletin(t *testing.T, before []domain.Row) domain.Bulletin {
	t.Helper()
	divisions := []domain.Region{
		{Code: "330100", Name: "杭州市", Level: domain.LevelCity, Parent: "330000"},
		{Code: "330102", Name: "上城区", Level: domain.LevelCounty, Parent: "330100"},
		{Code: "330106", Name: "西湖<b>区", Level: domain.LevelCounty, Parent: "330100"},
	}
	table, err := domain.Table([]domain.Bucket{
		{County: "330102", Source: 1, Code: "B2", Entries: 3, Traits: domain.Settled},
		{County: "330106", Source: 1, Code: "A1", Entries: 2, Traits: domain.EverA | domain.Overdue},
		{County: "330106", Source: 1, Entries: 5},
		{Source: 1, Entries: 1},
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	m, err := domain.ParseMonth("2019-07")
	if err != nil {
		t.Fatal(err)
	}
	b := domain.NewBulletin(table, before)
	b.Month, b.State, b.Cutoff, b.Number, b.Digest, b.WorkKnown = m, domain.Closed, m.End(), 7, "abc", true
	return b
}

func page(t *testing.T, b domain.Bulletin) string {
	t.Helper()
	var out bytes.Buffer
	if err := circular.Page(b, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The month's last day stands in the title, not the instant after it.
func TestTheCircularSaysWhatTheTableSays(t *testing.T) {
	text := page(t, bulletin(t, nil))
	for _, want := range []string{
		"截至2019年7月31日", "第 7 号", "台账总数 11 人，已核查 5 人，核查率 45.45%", "核查率达到 100% 的有 1 个县（市、区）：上城区",
		"由省本级处理", "超过期限未办结的 2 人", "全省合计", "杭州市小计", "校验码 abc",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "较上期") {
		t.Error("compared with a month that is not there")
	}
	if !strings.Contains(page(t, bulletin(t, []domain.Row{{Region: domain.Province, Source: domain.AllSources}})), "较上期") {
		t.Error("not compared")
	}
}

// What came after the close is told beside the closed figures, which stay as they are.
func TestTheCircularTellsOfCorrections(t *testing.T) {
	b := bulletin(t, nil)
	county := domain.Region{Code: "330102", Name: "上城区", Level: domain.LevelCounty, Parent: "330100"}
	b.Corrections = []domain.Correction{
		{Number: 1, Reason: "迟到的核查", At: b.Cutoff, Differences: []domain.Difference{
			{Region: county, Source: domain.AllSources, Figure: "pending", Before: 41, After: 40},
			{Region: county, Source: 1, Figure: "pending", Before: 31, After: 30},
		}},
		{Number: 2, Reason: "再次<更正>", At: b.Cutoff, Differences: []domain.Difference{
			{Region: domain.Province, Source: domain.AllSources, Figure: "aTotal", Before: 52, After: 53},
		}},
	}
	text := page(t, b)
	for _, want := range []string{
		"已作 2 次更正", "结账后更正情况表", "第 1 次更正（2019年8月1日）：迟到的核查；第 2 次更正", "再次&lt;更正&gt;",
		">41<", ">40<", ">52<", ">53<", "台账总数 11 人，已核查 5 人",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, ">31<") {
		t.Error("a source's line is shown without its source")
	}
	if strings.Contains(page(t, bulletin(t, nil)), "更正") {
		t.Error("a month without corrections speaks of them")
	}
}

// A page that is printed and sent on has no script and loads nothing, whatever a region is called.
func TestTheCircularIsSelfContained(t *testing.T) {
	text := page(t, bulletin(t, nil))
	for _, never := range []string{"<script", "<link", "src=", "url(", "@import", "http", "西湖<b>区"} {
		if strings.Contains(text, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// What reviews came to stands in an annex, a code each; the number of children is that of the table.
func TestReviewsAreAnAnnex(t *testing.T) {
	b := bulletin(t, nil)
	if text := page(t, b); strings.Contains(text, "复核情况表") {
		t.Error("the page speaks of reviews that were not counted")
	}
	b.ReviewsKnown = true
	b.Reviews = []domain.Reviewed{{County: "330106", Code: "B2", Decided: 3, Overturned: 1}, {County: "330102", Code: "B2", Decided: 4}}
	var annex circular.Annex
	for _, a := range circular.Compose(b).Annexes {
		if a.Title == "B 类核查结果复核情况表" {
			annex = a
		}
	}
	if len(annex.Lines) != 11 {
		t.Fatalf("%+v", annex)
	}
	children := fmt.Sprint(b.Province.ByCode["B2"])
	if got := annex.Lines[1].Cells; !slices.Equal(got, []string{"B2", children, "7", "1", "14.29%"}) {
		t.Errorf("%q", got)
	}
	if last := annex.Lines[10]; !last.Sum || !slices.Equal(last.Cells, []string{"合计", fmt.Sprint(b.Province.B), "7", "1", "14.29%"}) {
		t.Errorf("%+v", last)
	}
	if got := annex.Lines[0].Cells; got[4] != "—" {
		t.Errorf("%q", got)
	}
}

// Figures that the snapshot does not have are not spoken of.
func TestAnOldSnapshotIsSilentOnWork(t *testing.T) {
	b := bulletin(t, nil)
	b.WorkKnown = false
	if text := page(t, b); strings.Contains(text, "销号率") || strings.Contains(text, "超过期限") || !strings.Contains(text, "三、下阶段工作要求") {
		t.Error("the page speaks of what was not counted")
	}
}
