package demoledger

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	a, ra := make1(t, Options{Rows: 3000, Seed: 7})
	b, rb := make1(t, Options{Rows: 3000, Seed: 7, Regions: DefaultRegions()})
	if !bytes.Equal(a, b) {
		t.Fatal("the same seed and rows gave other bytes")
	}
	if d := cmp.Diff(ra, rb); d != "" {
		t.Fatal(d)
	}
	if c, _ := make1(t, Options{Rows: 3000, Seed: 8}); bytes.Equal(a, c) {
		t.Fatal("another seed gave the same bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !f.Modified.Equal(fixedTime) {
			t.Errorf("%s is dated %s", f.Name, f.Modified)
		}
	}
}

// The record is checked against the cells of a ledger long enough to hold
// every kind, and its counts against the documented shares.
func TestRecordIsWhatTheCellsHold(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	book, rec := make1(t, Options{Rows: rows, Seed: 20190717})
	s := reread(t, book)
	if d := cmp.Diff(strings.Fields("序号 姓名 出生日期 证件号码 户籍地 家庭住址 是否在读 全国学籍号 省内学校名称 省内学籍号 "+
		"省内学生状态 处理 区划代码 数据类别 监护人 联系电话"), s.head); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff(judge(t, s), rec.Lines); d != "" {
		t.Fatal(d)
	}
	counts := rec.Counts()
	for _, share := range Shares() {
		want := rows * share.Part
		if off := math.Abs(float64(counts[share.Kind]) - want); off > 4*math.Sqrt(want) {
			t.Errorf("%s: %d rows, want about %.0f", share.Kind, counts[share.Kind], want)
		}
	}
	names := map[string]string{}
	for _, r := range DefaultRegions() {
		names[r.Code] = r.Name
	}
	clean, g, named := 0, 0, 0
	for i, l := range rec.Lines {
		if len(l.Spoils) == 0 {
			clean++
			id := s.rows[i][3]
			if !weighted(id) {
				t.Errorf("row %d is clean and its check digit wrong", l.Row)
			}
			if strings.Contains(s.rows[i][5], names[l.RoutedTo]) {
				named++
			}
		}
		if n := s.rows[i][7]; n != "" {
			g++
			if len(n) != 19 || n[0] != 'G' || !weighted(n[1:]) || l.Source != NationalSuspected {
				t.Errorf("row %d: 全国学籍号 %s", l.Row, n)
			}
		}
	}
	if clean < rows*6/10 || named != clean {
		t.Errorf("%d clean rows, %d name their county", clean, named)
	}
	if got := float64(g) / rows; math.Abs(got-0.35) > 0.02 {
		t.Errorf("%.3f of the rows are national", got)
	}
	if n := len(rec.Routing()); n != 91 {
		t.Errorf("%d places to route to, want 90 counties and the province", n)
	}
}

// Long numbers have to stand in the file the three ways Excel leaves them.
func TestLostDigitsComeInEveryForm(t *testing.T) {
	t.Parallel()
	book, rec := make1(t, Options{Rows: 5000, Seed: 1})
	s := reread(t, book)
	sci, whole := 0, 0
	for _, row := range rec.RowsOf(IDLostDigits) {
		id, national := s.rows[row-2][3], s.rows[row-2][7]
		if mantissa, ok := strings.CutSuffix(id, "E+17"); ok {
			// Zeros at the mantissa's end are not written.
			mantissa = strings.Replace(mantissa, ".", "", 1)
			id = mantissa + strings.Repeat("0", 18-len(mantissa))
			sci++
			whole--
		}
		if national != "" && id[:15] != national[1:16] {
			t.Errorf("row %d holds %s, which %s cannot have become", row, id, national)
		}
		switch {
		case len(id) == 18 && strings.HasSuffix(id, "000"):
			whole++
		default:
			t.Errorf("row %d holds %s", row, id)
		}
	}
	if sci == 0 || whole == 0 {
		t.Fatalf("%d scientific, %d whole", sci, whole)
	}
}

// With few children to repeat, many are in all three sources, several times.
func TestRepeatedRepeats(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		book, rec := make1(t, Options{Rows: 1500, Seed: seed, pool: 2})
		if d := cmp.Diff(judge(t, reread(t, book)), rec.Lines); d != "" {
			t.Fatal(d)
		}
	}
}

func TestAnySeed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Rows: rapid.IntRange(0, 250).Draw(t, "rows"), Seed: rapid.Uint64().Draw(t, "seed")}
		var b bytes.Buffer
		rec, err := Generate(&b, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(rec.Lines) != o.Rows || rec.Rows != o.Rows || rec.Seed != o.Seed {
			t.Fatalf("%d lines for %+v", len(rec.Lines), o)
		}
		want := judge(t, reread(t, b.Bytes()))
		if o.Rows > 0 {
			if d := cmp.Diff(want, rec.Lines); d != "" {
				t.Fatal(d)
			}
		}
		routed := 0
		for _, n := range rec.Routing() {
			routed += n
		}
		if routed != o.Rows || rec.Entries() != o.Rows-len(rec.RowsOf(Duplicate)) {
			t.Fatalf("%d routed, %d entries of %d", routed, rec.Entries(), o.Rows)
		}
		for _, kinds := range [][]Spoil{
			{IDChecksum, IDLostDigits, IDMissing, IDTooShort, IDOld15},
			{BirthMismatch, BirthMissing},
			{RegionAbolishedOne, RegionAbolishedMany, RegionCityLevel, RegionUnknown, RegionMissing, RegionOtherProvince},
			{NameMissing, NameSpaces},
			{NameMissing, IDMissing},
			{Duplicate, DuplicateOtherSource},
			{DateAsSerial, DateAsTextVariants, BirthMissing},
		} {
			for _, l := range rec.Lines {
				n := 0
				for _, k := range kinds {
					if l.Has(k) {
						n++
					}
				}
				if n > 1 {
					t.Fatalf("row %d carries %v", l.Row, l.Spoils)
				}
			}
		}
	})
}

func TestRecordOnPaper(t *testing.T) {
	t.Parallel()
	_, rec := make1(t, Options{Rows: 2000, Seed: 3})
	var b bytes.Buffer
	if err := rec.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	back, err := ReadCSV(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rec.Lines, back.Lines); d != "" {
		t.Fatal(d)
	}
	b.Reset()
	if err = rec.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var again Record
	if err = json.Unmarshal(b.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*rec, again); d != "" {
		t.Fatal(d)
	}
	for _, bad := range []string{"", "a,b,c,d,e\n", "row,source,routed_to,duplicate_of,spoils\nx,,,,\n"} {
		if _, err = ReadCSV(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// testdata/notice_rows.md is the table as notice.zh.md prints it.
func TestSampleIsTheNotice(t *testing.T) {
	t.Parallel()
	md, err := os.ReadFile("testdata/notice_rows.md")
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for line := range strings.Lines(string(md)) {
		f := strings.Split(strings.TrimSpace(line), "|")[1:13]
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		want = append(want, f)
	}
	var a, b bytes.Buffer
	if err = WriteSample(&a); err != nil {
		t.Fatal(err)
	}
	if err = WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("two samples differ")
	}
	s := reread(t, a.Bytes())
	if d := cmp.Diff(want, append([][]string{s.head}, s.rows...)); d != "" {
		t.Fatal(d)
	}
	for row := 2; row <= 10; row++ {
		if s.number("C", row) || s.number("D", row) {
			t.Errorf("row %d: the birth date and the number are text", row)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Rows: -1}, {Rows: MaxRows + 1}, {Rows: 1, Regions: []Region{}}} {
		if _, err := Generate(io.Discard, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := ParseRegions("head\na\tb\n"); err == nil {
		t.Error("a short line was taken")
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	a, err := newAtlas(DefaultRegions())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.today) != 90 || len(a.cities) != 11 {
		t.Fatalf("%d counties, %d cities", len(a.today), len(a.cities))
	}
	for code, want := range map[string]string{
		"330106": "330106", "330103": "330105", "330124": "330112", "332522": "331121", "331021": "331083",
		"330104": "", "330184": "", "330721": "", "330100": "", "330000": "", "332500": "", "330199": "", "990000": "", "110101": "", "": "",
	} {
		if got := a.route(code); got != want {
			t.Errorf("%s goes to %q, want %q", code, got, want)
		}
	}
}

// README.md carries the table of kinds; it must not fall behind the code.
func TestReadmeNamesEveryShare(t *testing.T) {
	t.Parallel()
	md, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Shares() {
		if row := fmt.Sprintf("| `%s` | %.1f %% |", s.Kind, s.Part*100); !strings.Contains(string(md), row) {
			t.Errorf("README.md lacks %s", row)
		}
	}
}

// The sheet must not be held in memory: what stays is the record and the set
// of numbers given out, well under 200 bytes a row.
func BenchmarkGenerate300k(b *testing.B) {
	for b.Loop() {
		if _, err := Generate(io.Discard, Options{Rows: 300_000, Seed: 1}); err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
	}
}
