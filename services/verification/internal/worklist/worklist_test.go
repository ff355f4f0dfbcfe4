package worklist_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/worklist"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var hints = app.Hints{
	Codes: []domain.Code{
		{Code: "A1", Name: "打工务农", Explanation: "外出打工或在家务农", Action: domain.Dropout},
		{Code: "A8", Name: "其他原因", Action: domain.Dropout},
		{Code: "B2", Name: "在校有学籍", Action: domain.Enrolled},
		{Code: "99", Name: "未确认完成", Action: domain.Unconfirmed},
	},
	Regions: []string{"330106 西湖区", "340000 安徽省"},
}

func list() domain.Worklist {
	return domain.Worklist{ID: "0190-list", Rows: []domain.WorklistRow{
		row(2, "e1", 0, []string{"1", "=cmd|' /C calc'!A0", "2010-05-06", "330106********1237", "浙江杭州", "文三路 1 号\n2 幢", "否", "", "文三路小学"}, nil),
		row(3, "e2", 3, []string{"2", "+86", "2011-01-02", "330106********0011", "@SUM(A1)", "-1", "否", "", "学军小学"},
			[]string{"辍学处理", "A1 打工务农", "", "", "", "王老师", "2019-07-20", "_x0041_ 随父母"}),
	}}
}

func row(number int, entry string, revision int64, shown, filled []string) domain.WorklistRow {
	r := domain.WorklistRow{
		Number: number, EntryID: entry, BaseRevision: revision, Mark: "mark-" + entry,
		Shown: make([]string, len(domain.ShownColumns)), Filled: make([]string, len(domain.FilledColumns)),
	}
	copy(r.Shown, shown)
	copy(r.Filled, filled)
	return r
}

func written(t testing.TB, l domain.Worklist, verdicts []app.RowVerdict) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := (worklist.Sheets{}).Write(&out, l, hints, verdicts); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(t testing.TB, content []byte) (domain.Worklist, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.xlsx")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return worklist.Sheets{}.Read(path)
}

var bad = []app.RowVerdict{{Row: 1, State: app.RowBad, Problems: []app.Problem{{Column: "证明人", Reason: "REQUIRED", Message: "请填写证明人"}}}}

func TestAListIsReadAsItWasWritten(t *testing.T) {
	for name, verdicts := range map[string][]app.RowVerdict{"fresh": nil, "marked": bad} {
		got, err := read(t, written(t, list(), verdicts))
		if err != nil || !reflect.DeepEqual(got, list()) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Characters that nobody sees come along when a name is copied; what looks empty is empty.
func TestWhatNobodySeesIsNotRead(t *testing.T) {
	copied, want := list(), list()
	copied.Rows[1].Filled[5], want.Rows[1].Filled[5] = "\u200b王\u2060老师\ufeff", "王老师"
	copied.Rows[1].Filled[7], want.Rows[1].Filled[7] = "走访\n查无此人\u200d", "走访\n查无此人"
	copied.Rows[0].Filled[5] = "\u200b"
	got, err := read(t, written(t, copied, nil))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What a clerk may not change is locked, what is wanted is open, and no text is a formula.
func TestOnlyWhatIsFilledInIsOpen(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, list(), bad)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // in memory
	rows, err := f.GetRows("核查清单")
	if err != nil {
		t.Fatal(err)
	}
	for i, head := range rows[0] {
		place, _ := excelize.CoordinatesToCellName(i+1, 3)
		id, err := f.GetCellStyle("核查清单", place)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		open := false
		for _, c := range domain.FilledColumns {
			open = open || c.Head == head
		}
		if style.Protection == nil || style.Protection.Locked == open {
			t.Errorf("%s: open is %v: %+v", head, !open, style.Protection)
		}
		if formula, err := f.GetCellFormula("核查清单", place); formula != "" || err != nil {
			t.Errorf("%s is a formula: %q, %v", head, formula, err)
		}
	}
	for _, letters := range []string{"Y", "Z", "AA", "AB"} {
		if visible, err := f.GetColVisible("核查清单", letters); visible || err != nil {
			t.Errorf("column %s is seen, %v", letters, err)
		}
	}
	validations, err := f.GetDataValidations("核查清单")
	if err != nil || len(validations) < 4 {
		t.Errorf("%d validations, %v", len(validations), err)
	}
}

// LibreOffice opens the workbook and saves it again: nothing is lost on the way, and the
// choices are still there.
func TestLibreOfficeKeepsWhatIsInTheList(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.xlsx"), written(t, list(), bad), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	cmd := exec.CommandContext(testkit.Context(t), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, filepath.Join(dir, "list.xlsx")) //nolint:gosec // the office found on the path
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	content, err := os.ReadFile(filepath.Join(out, "list.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, content); err != nil || !reflect.DeepEqual(got, list()) {
		t.Errorf("%+v, %v", got, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // in memory
	validations, err := f.GetDataValidations("核查清单")
	if err != nil {
		t.Fatal(err)
	}
	dependent := false
	for _, v := range validations {
		dependent = dependent || strings.Contains(v.Formula1, "INDIRECT")
	}
	if !dependent {
		t.Error("the codes no longer follow the action")
	}
}

func TestWhatIsNoWorklistIsRefused(t *testing.T) {
	other := excelize.NewFile()
	defer other.Close() //nolint:errcheck // in memory
	if err := other.SetCellStr("Sheet1", "A1", "姓名"); err != nil {
		t.Fatal(err)
	}
	var ledger bytes.Buffer
	if err := other.Write(&ledger); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		reason  string
	}{
		"another workbook": {ledger.Bytes(), "WORKLIST_INVALID"},
		"no row":           {written(t, domain.Worklist{ID: "x"}, nil), "WORKLIST_INVALID"},
		"a web page":       {[]byte("<html><table><tr><td>姓名"), "FILE_NOT_WORKBOOK"},
		"a text":           {[]byte("记录标识,基准版本,清单标识,校验码\n1,2,3,4\n"), "FILE_NOT_WORKBOOK"},
		"an old workbook":  {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), "FILE_NOT_WORKBOOK"},
		"a bomb":           {bomb(t), "FILE_TOO_LARGE"},
		"nothing":          {nil, "FILE_NOT_WORKBOOK"},
	} {
		if _, err := read(t, c.content); !fault.Is(err, c.reason) {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}

// bomb claims to be small and unpacks to 300 MB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	part, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range 300 {
		if _, err := part.Write(blank); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAListThatIsTooLongIsRefused(t *testing.T) {
	long := domain.Worklist{ID: "long"}
	for i := range domain.MostWorklistRows + 1 {
		long.Rows = append(long.Rows, row(i+2, "e", 0, nil, nil))
	}
	if _, err := read(t, written(t, long, nil)); !fault.Is(err, "WORKLIST_TOO_LONG") {
		t.Error(err)
	}
}

// Whatever is uploaded, the answer is a list or a refusal in words.
func FuzzRead(f *testing.F) {
	f.Add(written(f, list(), nil))
	f.Add(written(f, list(), bad))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := read(t, content)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("no refusal: %v", err)
			}
			return
		}
		if len(l.Rows) == 0 || len(l.Rows) > domain.MostWorklistRows {
			t.Fatalf("%d rows", len(l.Rows))
		}
		for _, r := range l.Rows {
			if len(r.Filled) != len(domain.FilledColumns) || len(r.Shown) != len(domain.ShownColumns) || r.BaseRevision < 0 && r.Mark != "" {
				t.Fatalf("%+v", r)
			}
			_, _ = r.Form(domain.Standard{})
		}
	})
}
