package systemtest

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/deploy/internal/demoledger"
	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// importRows is how many rows are imported: a whole distribution has 300,000
// (BAOXUE_TEST_IMPORT_ROWS).
func importRows(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BAOXUE_TEST_IMPORT_ROWS")
	if text == "" {
		return 20_000
	}
	rows, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// importMemory is what the program may take, in MB, whatever the number of rows.
const importMemory = 300

// flagOf is the flag that a row deserves for what was done to it. The kinds that are not
// here are put right when they are read: they are no reason for a flag.
var flagOf = map[demoledger.Spoil]string{
	demoledger.IDChecksum: "ID_CHECKSUM", demoledger.IDLostDigits: "ID_LOST_DIGITS", demoledger.IDMissing: "ID_MISSING",
	demoledger.IDTooShort: "ID_FORMAT", demoledger.IDOld15: "ID_OLD15", demoledger.IDElsewhere: "ID_REGION_MISMATCH",
	demoledger.BirthMismatch: "BIRTH_MISMATCH", demoledger.BirthMissing: "BIRTH_MISSING", demoledger.NameMissing: "NAME_MISSING",
	demoledger.RegionAbolishedOne: "REGION_SUCCEEDED", demoledger.RegionAbolishedMany: "REGION_AMBIGUOUS",
	demoledger.RegionCityLevel: "REGION_NOT_A_COUNTY", demoledger.RegionUnknown: "REGION_UNKNOWN",
	demoledger.RegionMissing: "REGION_MISSING", demoledger.RegionOtherProvince: "REGION_OTHER_PROVINCE",
	demoledger.Duplicate: "DUPLICATE",
}

func generated(t *testing.T, rows int, seed uint64) ([]byte, *demoledger.Record) {
	t.Helper()
	var book bytes.Buffer
	record, err := demoledger.Generate(&book, demoledger.Options{Rows: rows, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return book.Bytes(), record
}

// issues are the flags of all rows that have any, by row.
func (c overREST) issues(id string) map[int][]string {
	c.t.Helper()
	found := map[int][]string{}
	for token := ""; ; {
		var page ledgerv1.ListImportIssuesResponse
		c.ok(&page, "/v1/imports/"+id+"/issues?"+url.Values{"pageSize": {"1000"}, "pageToken": {token}}.Encode())
		for _, i := range page.GetIssues() {
			found[int(i.GetRow())] = i.GetFlags()
		}
		if token = page.GetNextPageToken(); token == "" {
			return found
		}
	}
}

// deserved are the flags by the generator's own record.
func deserved(record *demoledger.Record) map[int][]string {
	flags := map[int][]string{}
	for _, line := range record.Lines {
		for _, spoil := range line.Spoils {
			if flag := flagOf[spoil]; flag != "" {
				flags[line.Row] = append(flags[line.Row], flag)
			}
		}
	}
	return flags
}

// entries is how many an import must leave. What may be the same child by a number that lost
// digits is flagged, but kept: two children must not become one.
func entries(record *demoledger.Record) int {
	kept := 0
	for _, line := range record.Lines {
		if line.Has(demoledger.Duplicate) && line.Has(demoledger.IDLostDigits) {
			kept++
		}
	}
	return record.Entries() + kept
}

// compareFlags wants each row to have just the flags that it deserves.
func compareFlags(t *testing.T, got, want map[int][]string) {
	t.Helper()
	gotCounts, wantCounts := map[string]int{}, map[string]int{}
	wrong := 0
	for row, flags := range want {
		slices.Sort(flags)
		slices.Sort(got[row])
		if !slices.Equal(flags, got[row]) && wrong < 10 {
			wrong++
			t.Errorf("row %d has %v and deserves %v", row, got[row], flags)
		}
		for _, f := range flags {
			wantCounts[f]++
		}
	}
	for row, flags := range got {
		if want[row] == nil && wrong < 10 {
			wrong++
			t.Errorf("row %d has %v and deserves none", row, flags)
		}
		for _, f := range flags {
			gotCounts[f]++
		}
	}
	if fmt.Sprint(gotCounts) != fmt.Sprint(wantCounts) {
		t.Errorf("flags %v, want %v", gotCounts, wantCounts)
	}
	t.Log("flags:", gotCounts)
}

// The page's way: a dirty distribution, and every flag that the generator has earned it.
func TestEveryFlagOfADistributionIsFound(t *testing.T) {
	p := newProgram(t)
	province := p.asProvince()
	rows := importRows(t)
	book, record := generated(t, rows, 300)
	before := province.counts().GetTotal()
	begin := time.Now()
	i := province.importFile("下发台账.xlsx", book)
	t.Logf("%d rows in %v, %d MB at the peak", rows, time.Since(begin), p.peak())
	want := deserved(record)
	if i.GetState() != ledgerv1.Import_SUCCEEDED || int(i.GetRowsStored()) != rows || int(i.GetRowsCreated()) != entries(record) ||
		int(i.GetRowsFlagged()) != len(want) || int(i.GetRowsUnmatched()) != record.Routing()[""] {
		t.Fatalf("%v; %d entries, %d rows flagged", i, entries(record), len(want))
	}
	compareFlags(t, province.issues(i.GetId()), want)
	if got := int(province.counts().GetTotal() - before); got != entries(record) {
		t.Errorf("%d entries, want %d", got, entries(record))
	}
	if again := province.importFile("下发台账.xlsx", book); again.GetRowsCreated() != 0 || again.GetRowsUpdated() != 0 {
		t.Errorf("the same file again changed something: %v", again)
	}
	if peak := p.peak(); peak > importMemory {
		t.Errorf("the program took %d MB", peak)
	}
}

// What is odd in the notice's own nine rows: numbers that contradict the birth dates, and the
// county that the addresses name; no region code; the check digits.
func TestTheNoticesNineRowsHaveTheFlagsTheyDeserve(t *testing.T) {
	var sample bytes.Buffer
	if err := demoledger.WriteSample(&sample); err != nil {
		t.Fatal(err)
	}
	want := map[int][]string{}
	for row := 2; row <= 10; row++ {
		want[row] = []string{"BIRTH_MISMATCH", "ID_CHECKSUM", "ID_REGION_MISMATCH", "REGION_MISSING"}
	}
	province := newProgram(t).asProvince()
	i := province.importFile("通知样例.xlsx", sample.Bytes())
	compareFlags(t, province.issues(i.GetId()), want)
}

// A power cut at any moment: nothing of the import or all of it is there, it has ended, and
// repeating it gives what one import would have given.
func TestAKilledImportIsRepeated(t *testing.T) {
	p := newProgram(t)
	const rows = 12_000
	book, record := generated(t, rows, 301)
	// What is there of the file: a kill that came after the commit leaves all of it to the next.
	before, there := 0, 0
	moments := []struct {
		what string
		over func(i *ledgerv1.Import) bool
	}{
		{"at once", func(*ledgerv1.Import) bool { return true }},
		{"in the middle of the rows", func(i *ledgerv1.Import) bool { return i.GetRowsRead() >= rows/3 }},
		{"when all rows are read", func(i *ledgerv1.Import) bool { return i.GetRowsRead() >= rows }},
		{"while they are stored", func(i *ledgerv1.Import) bool { return i.GetRowsStored() >= rows/2 }},
	}
	for n, m := range moments {
		province := p.asProvince()
		if n == 0 {
			before = int(province.counts().GetTotal())
		}
		id := province.startImport("下发台账.xlsx", book)
		province.until(id, m.over)
		p.kill()
		p.start()
		province = p.asProvince()
		i := finished(t, func() *ledgerv1.Import { return province.getImport(id) })
		got := int(province.counts().GetTotal()) - before
		t.Logf("%s: %s, %d entries", m.what, i.GetState(), got)
		switch i.GetState() {
		case ledgerv1.Import_FAILED:
			if got != there || i.GetErrorReason() != "FILE_INTERRUPTED" || len(province.issues(id)) != 0 {
				t.Fatalf("%s: %d entries of %v", m.what, got, i)
			}
		case ledgerv1.Import_SUCCEEDED:
			there = entries(record)
			if got != there {
				t.Fatalf("%s: %d entries of %v", m.what, got, i)
			}
		default:
			t.Fatalf("%s: %v", m.what, i)
		}
	}
	province := p.asProvince()
	i := province.importFile("下发台账.xlsx", book)
	if got := int(province.counts().GetTotal()) - before; i.GetState() != ledgerv1.Import_SUCCEEDED || got != entries(record) {
		t.Errorf("%d entries, want %d: %v", got, entries(record), i)
	}
	compareFlags(t, province.issues(i.GetId()), deserved(record))
}

// until asks until something is so of an import, or it has ended.
func (c overREST) until(id string, so func(i *ledgerv1.Import) bool) {
	c.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for ctx := testkit.Context(c.t); ; {
		i := c.getImport(id)
		if i.GetState() != ledgerv1.Import_RUNNING || so(i) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatal("the import does not get on")
		}
	}
}

// issueBook is an imported file with what is odd in its rows, by sheet.
func (c overREST) issueBook(id string) map[string][][]string {
	c.t.Helper()
	content := must[[]byte](c.t)(c.do("GET", "/v1/imports/"+id+"/issues.xlsx", "", nil))
	book := must[*excelize.File](c.t)(excelize.OpenReader(bytes.NewReader(content)))
	defer func() {
		if err := book.Close(); err != nil {
			c.t.Error(err)
		}
	}()
	sheets := map[string][][]string{}
	for _, name := range book.GetSheetList() {
		sheets[name] = must[[][]string](c.t)(book.GetRows(name))
	}
	return sheets
}

const smallLedger = `控辍保学台账,,,,,
序号,姓名,证件号码,出生日期,处理,备注
1,王明,330102199801011234,2000-1-1,已走访,=1+1
2,李华,,2001-2-2,,
3,张伟,110101200001011234,2000-1-1,,
合计,3人,,,,
说明：本表由省厅下发,,,,,
`

// What came in goes out again as it was, with one more column; and the parts of it can be
// asked for by flag.
func TestAnImportTellsWhatIsOddInItsRows(t *testing.T) {
	s := oneProcess(t)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	i := province.importFile("台账.csv", []byte(smallLedger))
	if i.GetState() != ledgerv1.Import_SUCCEEDED || i.GetRowsStored() != 3 || i.GetRowsFlagged() != 3 {
		t.Fatal(i)
	}
	want := [][]string{
		{"控辍保学台账"},
		{"序号", "姓名", "证件号码", "出生日期", "处理", "备注", "异常说明"},
		{"1", "王明", "330102199801011234", "2000-1-1", "已走访", "=1+1", "身份证校验位错误；出生日期与证件号码不符；区划代码缺失"},
		{"2", "李华", "", "2001-2-2", "", "", "证件号码缺失；区划代码缺失"},
		{"3", "张伟", "110101200001011234", "2000-1-1", "", "", "身份证校验位错误；区划代码缺失"},
		{"合计", "3人", "", "", "", "", "合计行，未作为学生导入"},
		{"说明：本表由省厅下发", "", "", "", "", "", "表尾说明，未作为学生导入"},
	}
	if got := province.issueBook(i.GetId()); !slices.EqualFunc(got["CSV"], want, slices.Equal) {
		t.Errorf("got %q", got)
	}
	for query, rows := range map[string][]int32{
		"flag=ID_MISSING": {4}, "flag=ID_CHECKSUM": {3, 5}, "flag=ROW_IS_SUM": {6}, "sheet=CSV&flag=REGION_MISSING": {3, 4, 5}, "sheet=x": nil,
	} {
		var page ledgerv1.ListImportIssuesResponse
		province.ok(&page, "/v1/imports/"+i.GetId()+"/issues?"+query)
		var got []int32
		for _, issue := range page.GetIssues() {
			got = append(got, issue.GetRow())
		}
		if !slices.Equal(got, rows) {
			t.Errorf("%s: rows %v, want %v", query, got, rows)
		}
	}
	if _, err := province.do("GET", "/v1/imports/"+i.GetId()+"/issues?flag=x", "", nil); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("a flag that there is not: %v", err)
	}
	kept := province.list(&ledgerv1.ListEntriesRequest{Name: "王明", Region: "none"}).GetEntries()
	if len(kept) == 0 || kept[len(kept)-1].GetExtraColumns()["处理"] != "已走访" {
		t.Errorf("what stood under 处理 is lost: %v", kept)
	}
}

// What was given out to be looked at, or to be filled in, makes no children when it is imported by mistake; the ledger
// in full comes back as the children that there are.
func TestWhatWasGivenOutIsNoDistribution(t *testing.T) {
	s := oneProcess(t)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	book, _ := generated(t, 300, 7)
	province.importFile("下发台账.xlsx", book)
	children := province.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING}).GetTotalSize()
	for path, refused := range map[string]bool{
		"worklist.xlsx?tab=PENDING":           true,
		"worklist.xlsx?tab=PENDING&reason=核对": true,
		"exports/entries.xlsx":                true,
		"exports/entries.csv":                 true,
		"exports/entries.xlsx?reason=核对":      false,
		"exports/entries.csv?reason=核对":       false,
		"exports/ministry.xlsx?reason=核对":     false,
	} {
		file := must[[]byte](t)(province.do("GET", "/v1/"+path, "", nil))
		i := province.importFile("文件"+filepath.Ext(strings.Split(path, "?")[0]), file)
		if refused != (i.GetErrorReason() == "FILE_NOT_LEDGER") || i.GetRowsCreated() != 0 {
			t.Errorf("%s: %v", path, i)
		}
	}
	if now := province.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING}).GetTotalSize(); now != children {
		t.Errorf("%d children of %d", now, children)
	}
}

// Two distributions: who came, who stayed, who is described otherwise, who is gone.
func TestTwoDistributionsAreCompared(t *testing.T) {
	s := oneProcess(t)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	const head = "姓名,证件号码,家庭住址,联系电话,备注\n"
	base := province.importFile("七月.csv", []byte(head+"比一,330102201001010010,甲,1,\n比二,330102201001010029,甲,1,\n比三,330102201001010037,甲,1,x\n比一,330102201001010010,甲,1,\n"))
	later := province.importFile("八月.csv", []byte(head+"比二,330102201001010029,甲,1,\n比三,330102201001010037,乙,1,y\n比四,330102201001010045,甲,1,\n"))
	if base.GetState() != ledgerv1.Import_SUCCEEDED || later.GetState() != ledgerv1.Import_SUCCEEDED {
		t.Fatal(base, later)
	}
	for kind, want := range map[string]string{"NEW": "比四", "CONTINUING": "比二", "CHANGED": "比三 homeAddress extra", "VANISHED": "比一"} {
		var got ledgerv1.CompareImportsResponse
		province.ok(&got, "/v1/imports/"+later.GetId()+":compare?base="+base.GetId()+"&kind=IMPORT_DIFFERENCE_"+kind)
		if got.GetNewChildren() != 1 || got.GetContinuingChildren() != 1 || got.GetChangedChildren() != 1 || got.GetVanishedChildren() != 1 {
			t.Errorf("%v", &got)
		}
		var names []string
		for _, child := range got.GetChildren() {
			names = append(names, strings.Join(append([]string{child.GetPersonName()}, child.GetChangedFields()...), " "))
		}
		if strings.Join(names, ", ") != want {
			t.Errorf("%s: %q, want %q", kind, names, want)
		}
	}
	file := "/v1/exports/import-comparison.xlsx?id=" + later.GetId() + "&base=" + base.GetId()
	rows := exportedRows(t, must[[]byte](t)(province.do("GET", file+"&kind=IMPORT_DIFFERENCE_CHANGED", "", nil)))
	if want := []string{"比三", "省本级", "未处理", "信息变化", "家庭住址、其他栏目"}; len(rows) != 2 || !slices.Equal(rows[1], want) {
		t.Errorf("%q, want %q", rows, want)
	}
	if _, err := province.do("GET", file, "", nil); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("of no kind: %v", err)
	}
	// Who imports files at night and does no clerk's work learns how many, and not who they are.
	night := standalone.DemoUser{
		Username: "night", DisplayName: "运维 演示", Region: "330000", Level: commonv1.Level_LEVEL_PROVINCE, Roles: []commonv1.Role{commonv1.Role_ROLE_OPERATOR},
	}
	if err := standalone.Enrol(testkit.Context(t), s.dial(t, "regionauth", "zhejiang"), s.login(t, "zhejiang"), night, password); err != nil {
		t.Fatal(err)
	}
	var seen ledgerv1.CompareImportsResponse
	overREST{t, s.http, s.login(t, night.Username)}.ok(&seen, "/v1/imports/"+later.GetId()+":compare?base="+base.GetId()+"&kind=IMPORT_DIFFERENCE_CHANGED")
	if want := []string{"homeAddress", "extra"}; len(seen.GetChildren()) != 1 || seen.GetChildren()[0].GetPersonName() != "" || !slices.Equal(seen.GetChildren()[0].GetChangedFields(), want) {
		t.Errorf("an operator sees %v", &seen)
	}
	if _, err := province.do("GET", "/v1/imports/"+later.GetId()+":compare?base=x", "", nil); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("with nothing: %v", err)
	}
}
