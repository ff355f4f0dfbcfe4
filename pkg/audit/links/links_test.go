package links_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/audit/links"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const domain = "test of "

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// content is a link's; whoever tampers can make one too.
func content(history string, revision int, at time.Time, text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"entry":%q,"revision":%d,"at":%q,"text":%q}`, history, revision, at.Format(time.RFC3339Nano), text))
}

// history is one of three links, one a day.
func history(t *testing.T, name string) []links.Line {
	t.Helper()
	var lines []links.Line
	digest, err := chain.SM3.Start(domain + name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		c := content(name, i+1, start.Add(time.Duration(i)*24*time.Hour), "as it was")
		if digest, err = chain.SM3.Link(digest, c); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, links.Line{Content: c, Algorithm: string(chain.SM3), Digest: hex.EncodeToString(digest)})
	}
	return lines
}

// rechain makes a history's digests fit again, as an insider could.
func rechain(t *testing.T, name string, lines []links.Line) []links.Line {
	t.Helper()
	digest, err := chain.SM3.Start(domain + name)
	for i := range lines {
		if err != nil {
			t.Fatal(err)
		}
		digest, err = chain.SM3.Link(digest, lines[i].Content)
		lines[i].Digest = hex.EncodeToString(digest)
	}
	return lines
}

// sealed are the seals of the first two days.
func sealed(t *testing.T, a, b []links.Line) []links.Seal {
	t.Helper()
	var seals []links.Seal
	from := time.Time{}
	for day := range 2 {
		to := start.Add(time.Duration(day)*24*time.Hour + time.Hour)
		s := links.NewSealing(chain.SM3, from, to)
		for i, lines := range [][]links.Line{a, b} {
			digest, err := hex.DecodeString(lines[day].Digest)
			if err != nil {
				t.Fatal(err)
			}
			s.Add(string(rune('a'+i)), int64(day+1), digest)
		}
		seal, err := links.ParseSeal(s.Seal().Details())
		if err != nil {
			t.Fatal(err)
		}
		seals, from = append(seals, seal), to
	}
	return seals
}

func TestWhateverIsTamperedWithIsFound(t *testing.T) {
	day := func(n int) time.Time { return start.Add(time.Duration(n) * 24 * time.Hour) }
	for _, c := range []struct {
		name   string
		tamper func(a, b []links.Line) []links.Line
		want   string
	}{
		{"nothing", func(a, b []links.Line) []links.Line { return append(a, b...) }, ""},
		{"a text", func(a, b []links.Line) []links.Line {
			a[1].Content = content("a", 2, day(1), "as somebody likes it")
			return append(a, b...)
		}, "记录 a 第 2 版与其校验值不符"},
		{"a text, chained anew", func(a, b []links.Line) []links.Line {
			a[1].Content = content("a", 2, day(1), "as somebody likes it")
			return append(rechain(t, "a", a), b...)
		}, "与封存时不符"},
		{"a link in the middle removed", func(a, b []links.Line) []links.Line {
			return append([]links.Line{a[0], a[2]}, b...)
		}, "有核查结果被删除或插入"},
		{"the last links removed", func(a, b []links.Line) []links.Line { return append(a[:1], b...) }, "与封存时不符"},
		{"a history removed", func(_, b []links.Line) []links.Line { return b }, "与封存时不符"},
		{"a back-dated link", func(a, b []links.Line) []links.Line {
			a[2].Content = content("a", 3, day(1).Add(time.Minute), "as it was")
			return append(rechain(t, "a", a), b...)
		}, "与封存时不符"},
		{"a link before the one before", func(a, b []links.Line) []links.Line {
			a[2].Content = content("a", 3, day(0), "as it was")
			return append(rechain(t, "a", a), b...)
		}, "时间不晚于前一版"},
		{"an invented history", func(a, b []links.Line) []links.Line {
			c := history(t, "c")
			return append(append(a, b...), c...)
		}, "与封存时不符"},
		{"a history twice", func(a, b []links.Line) []links.Line { return append(append(append([]links.Line{}, a...), b...), a...) }, "重复出现"},
		{"a digest taken away", func(a, b []links.Line) []links.Line {
			a[2].Digest, a[2].Algorithm = "", ""
			return append(a, b...)
		}, "没有校验值"},
	} {
		a, b := history(t, "a"), history(t, "b")
		seals := sealed(t, a, b)
		var file bytes.Buffer
		for _, l := range c.tamper(a, b) {
			if err := links.Write(&file, l); err != nil {
				t.Fatal(err)
			}
		}
		report, err := links.Verify(&file, domain, seals)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(report.Problems, "\n")
		if c.want == "" && found != "" || !strings.Contains(found, c.want) {
			t.Errorf("%s: %q, want %q", c.name, found, c.want)
		}
	}
}

func TestASealTakenOutOfTheTrailIsFound(t *testing.T) {
	a, b := history(t, "a"), history(t, "b")
	seals := append(sealed(t, a, b), links.Seal{From: start.Add(48 * time.Hour), To: start.Add(49 * time.Hour), Algorithm: chain.SM3})
	report, err := links.Verify(bytes.NewReader(nil), domain, seals)
	if err != nil || !strings.Contains(strings.Join(report.Problems, "\n"), "不相接") {
		t.Errorf("%v, %v", report, err)
	}
}
