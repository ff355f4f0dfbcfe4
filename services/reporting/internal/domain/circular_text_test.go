package domain_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/services/reporting/internal/domain"
)

func smallBulletin(t *testing.T, before []domain.Row) domain.Bulletin {
	t.Helper()
	table, err := domain.Table([]domain.Bucket{
		entries("330102", 1, "B2", 3), entries("330105", 2, "A1", 2), entries("330105", 1, "", 5),
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	b := domain.NewBulletin(table, before)
	b.WorkKnown, b.WorkKnownBefore = true, true
	return b
}

// A paragraph says its first wording of which every word is known, or nothing; a section of
// nothing has no heading.
func TestTheBodySaysWhatThereIsToSay(t *testing.T) {
	b := smallBulletin(t, nil)
	b.Report([]domain.CountyReport{
		{Region: domain.Region{Name: "上城区"}, State: domain.Reported, Total: 3},
		{Region: domain.Region{Name: "拱墅区"}, State: domain.NotReported, Total: 7},
		{Region: domain.Region{Name: "没有台账的县"}, State: domain.NotReported},
	})
	text := `
# 总体
共 {台账总数} 人，核查率 {核查率}。
省本级 {省本级台账总数} 人。 || 省本级没有待办。

# 对比
已核查{已核查较上期}。
# 报送
已报送 {已报送个数} 个；未报送：{未报送名单}。 || 均已报送。
超期：{超期地区名单}。
`
	want := []domain.Section{
		{Heading: "总体", Paragraphs: []string{"共 10 人，核查率 50.00%。", "省本级没有待办。"}},
		{Heading: "报送", Paragraphs: []string{"已报送 1 个；未报送：拱墅区。"}},
	}
	if diff := cmp.Diff(want, b.Body(text)); diff != "" {
		t.Error(diff)
	}
	before, err := domain.Table([]domain.Bucket{entries("330105", 1, "A1", 8)}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	compared := smallBulletin(t, before).Body("# 对比\n已核查{已核查较上期}，台账{台账总数较上期}，退回{退回较上期}。")
	if got := compared[0].Paragraphs[0]; got != "已核查减少 3 人，台账增加 2 人，退回持平。" {
		t.Error(got)
	}
}

// All that is wrong is told at once, with its line.
func TestABodyThatCantBeFilledInIsRefused(t *testing.T) {
	text := "没有标题\n# \n# 标题 {台账总数}\n{无此词} 和 {台账总数\n甲 || 乙 || 丙\n"
	var got []string
	for _, v := range domain.CheckText(text) {
		got = append(got, v.Message)
	}
	want := []string{
		"正文第 1 行之前没有标题；标题以“# ”开头", "正文第 2 行的标题是空的", "正文第 3 行是标题，不能有占位词",
		"正文第 4 行的占位词 {无此词} 不存在", "正文第 4 行的花括号不成对", "正文第 5 行只能有一个“||”",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, empty := range []string{"", " \n\n"} {
		if len(domain.CheckText(empty)) == 0 {
			t.Errorf("%q was taken", empty)
		}
	}
	if v := domain.CheckText(strings.Repeat("字", 10_001)); len(v) != 1 {
		t.Errorf("too long: %v", v)
	}
	if v := domain.CheckText(domain.StandardText); len(v) != 0 {
		t.Errorf("the standard text: %v", v)
	}
}

func TestEveryWordHasAMeaningAndOneName(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range domain.Words {
		if w.Meaning == "" || seen[w.Name] {
			t.Errorf("{%s}: %q", w.Name, w.Meaning)
		}
		seen[w.Name] = true
	}
}

// What is accepted is filled in whole: no placeholder goes out in a bulletin.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{domain.StandardText, "# 甲\n{台账总数} || {核查率}", "{", "# {", "# 甲\n{ 台账总数 }||"} {
		f.Add(seed)
	}
	table, err := domain.Table([]domain.Bucket{entries("330102", 1, "B2", 3)}, divisions)
	if err != nil {
		f.Fatal(err)
	}
	b := domain.NewBulletin(table, nil)
	f.Fuzz(func(t *testing.T, text string) {
		refused := len(domain.CheckText(text)) > 0
		for _, section := range b.Body(text) {
			if len(section.Paragraphs) == 0 {
				t.Errorf("section %q is empty", section.Heading)
			}
			for _, paragraph := range section.Paragraphs {
				if !refused && strings.ContainsAny(paragraph, "{}") {
					t.Errorf("%q says %q", text, paragraph)
				}
			}
		}
	})
}
