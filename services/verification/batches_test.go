package verification_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/worklist"
)

// selected are a worklist's children.
type selected []domain.WorklistRow

func (s selected) Rows(context.Context, int) ([]domain.WorklistRow, error) { return s, nil }

type westLake struct{}

func (westLake) Hints(context.Context) ([]string, error) { return []string{"330106 西湖区"}, nil }

const listSheet = "核查清单"

// desk is a clerk's: entries to work on, and the use cases.
type desk struct {
	t       *testing.T
	batches app.Batches
	store   saver
	pool    *pgxpool.Pool
	entries []domain.Entry
}

func newDesk(t *testing.T, children int) desk {
	t.Helper()
	s, pool := openStore(t)
	entries := make([]domain.Entry, children)
	for i := range entries {
		entries[i] = domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	}
	findings, _ := useCase(t, s, entries...)
	findings.Saves = s.saves
	return desk{t: t, store: s, pool: pool, entries: entries, batches: app.Batches{
		Findings: findings, Store: s, Marks: testkit.Keyring(t, pool), Regions: westLake{}, Sheets: worklist.Sheets{},
	}}
}

// export is the worklist of the desk's entries on their newest revisions.
func (d desk) export() []byte {
	d.t.Helper()
	var rows selected
	for i, e := range d.entries {
		found, err := d.store.ListFindings(d.t.Context(), e.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		rows = append(rows, domain.WorklistRow{EntryID: e.ID, BaseRevision: int64(len(found)), Shown: []string{strconv.Itoa(i + 1), "=1+1"}})
	}
	var out bytes.Buffer
	if err := d.batches.Export(testkit.Context(d.t), rows, &out); err != nil {
		d.t.Fatal(err)
	}
	return out.Bytes()
}

// fill writes into cells, by row and head, as a clerk does.
func (d desk) fill(book []byte, rows map[int]map[string]string) []byte {
	d.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // in memory
	heads := map[string]int{}
	for row, cells := range rows {
		for head, text := range cells {
			if heads[head] == 0 {
				heads[head] = d.column(f, head)
			}
			place, err := excelize.CoordinatesToCellName(heads[head], row)
			if err != nil {
				d.t.Fatal(err)
			}
			if err := f.SetCellStr(listSheet, place, text); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		d.t.Fatal(err)
	}
	return out.Bytes()
}

func (d desk) column(f *excelize.File, head string) int {
	d.t.Helper()
	rows, err := f.GetRows(listSheet)
	if err != nil || len(rows) == 0 {
		d.t.Fatal(err)
	}
	for i, h := range rows[0] {
		if h == head {
			return i + 1
		}
	}
	d.t.Fatalf("no column %s", head)
	return 0
}

func (d desk) cell(book []byte, row int, head string) string {
	d.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // in memory
	place, err := excelize.CoordinatesToCellName(d.column(f, head), row)
	if err != nil {
		d.t.Fatal(err)
	}
	text, err := f.GetCellValue(listSheet, place)
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

var li = domain.Author{ID: "li", Name: "李老师"}

func (d desk) upload(by domain.Author, book []byte) app.Batch {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "filled.xlsx")
	if err := os.WriteFile(path, book, 0o600); err != nil {
		d.t.Fatal(err)
	}
	b, err := d.batches.Create(testkit.Context(d.t), by, path)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d desk) save(by domain.Author, b app.Batch) app.Batch {
	d.t.Helper()
	b, err := d.batches.Save(testkit.Context(d.t), by, b.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// is checks how many rows are ready, bad and saved.
func (d desk) is(b app.Batch, ready, bad, saved int) {
	d.t.Helper()
	if b.Count(app.RowReady) != ready || b.Count(app.RowBad) != bad || b.Count(app.RowSaved) != saved {
		d.t.Fatalf("want %d ready, %d bad, %d saved: %+v", ready, bad, saved, b.Verdicts)
	}
}

func (d desk) revisions(entry int) int {
	d.t.Helper()
	found, err := d.store.ListFindings(d.t.Context(), d.entries[entry].ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return len(found)
}

var (
	works  = map[string]string{"核查类别": "辍学处理", "核查结果": "A1 打工务农", "证明人": "王老师", "证明日期": "2019/7/20", "处理说明": "随父母务工"}
	bored  = map[string]string{"核查结果": "a2", "证明人": "王老师", "证明日期": "43666"}
	school = map[string]string{
		"核查类别": "实际就读", "核查结果": "B2 在校有学籍", "就读省县": "330106 西湖区", "就读学校": "文三路小学", "核实学籍号": "G330106201005061237",
		"证明人": "王老师", "证明日期": "2019年7月20日",
	}
	lacking = map[string]string{"核查类别": "辍学处理", "核查结果": "A8 其他原因", "就读学校": "文三路小学"}
)

// The round trip: good rows are saved, bad ones come back explained, are corrected and
// saved in their turn; what nobody touched stays as it is.
func TestAWorklistIsFilledInSavedAndCorrected(t *testing.T) {
	d := newDesk(t, 5)
	book := d.fill(d.export(), map[int]map[string]string{2: works, 3: lacking, 4: bored, 5: school})
	b := d.upload(li, book)
	d.is(b, 3, 1, 0)
	if d.revisions(0) != 0 {
		t.Error("an upload saved something")
	}
	columns := map[string]bool{}
	for _, p := range b.Verdicts[1].Problems {
		columns[p.Column] = true
	}
	if !columns["就读学校"] {
		t.Errorf("nothing typed may be dropped in silence: %+v", b.Verdicts[1].Problems)
	}
	b = d.save(li, b)
	d.is(b, 0, 1, 3)
	var marked bytes.Buffer
	if err := d.batches.Marked(testkit.Context(t), li, b.ID, &marked); err != nil {
		t.Fatal(err)
	}
	if text := d.cell(marked.Bytes(), 3, "错误说明"); !strings.Contains(text, "就读学校") {
		t.Errorf("explained as %q", text)
	}
	if d.cell(marked.Bytes(), 2, "姓名") != "=1+1" || d.cell(marked.Bytes(), 3, "核查结果") != "A8 其他原因" {
		t.Error("something typed is lost")
	}
	again := d.upload(li, d.fill(marked.Bytes(), map[int]map[string]string{3: {"就读学校": ""}}))
	for _, p := range again.Verdicts[1].Problems {
		columns[p.Column] = true
	}
	if !columns["目前状况"] || !columns["家庭情况"] || !columns["父母联系方式"] || !columns["证明人"] {
		t.Errorf("A8 lacks %v", columns)
	}
	again = d.upload(li, d.fill(marked.Bytes(), map[int]map[string]string{3: {
		"就读学校": "", "目前状况": "在家", "家庭情况": "父母务工", "父母联系方式": "13957150042", "证明人": "王老师", "证明日期": "2019-07-20", "处理说明": "多次走访",
	}}))
	d.is(again, 1, 0, 3)
	d.is(d.save(li, again), 0, 0, 4)
	for i, want := range []int{1, 1, 1, 1, 0} {
		if got := d.revisions(i); got != want {
			t.Errorf("entry %d has %d revisions, want %d", i, got, want)
		}
	}
}

func TestTheSameUploadTwiceChangesNothing(t *testing.T) {
	d := newDesk(t, 2)
	book := d.fill(d.export(), map[int]map[string]string{2: works, 3: school})
	first, second := d.upload(li, book), d.upload(li, book)
	d.is(d.save(li, first), 0, 0, 2)
	// The second was judged before the first was saved, the third after it.
	d.is(d.save(li, second), 0, 0, 2)
	d.is(d.save(li, first), 0, 0, 2)
	d.is(d.upload(li, book), 0, 0, 2)
	if d.revisions(0) != 1 || d.revisions(1) != 1 {
		t.Error("an upload was saved twice")
	}
}

func TestAnOutdatedWorklistNeverOverwritesNewerFindings(t *testing.T) {
	d := newDesk(t, 2)
	old := d.export()
	d.is(d.save(li, d.upload(li, d.fill(old, map[int]map[string]string{2: works}))), 0, 0, 1)
	wang := domain.Author{ID: "wang", Name: "王老师"}
	b := d.upload(wang, d.fill(old, map[int]map[string]string{2: school, 3: bored}))
	d.is(b, 1, 1, 0)
	if p := b.Verdicts[0].Problems[0]; p.Reason != "REVISION_CONFLICT" || !strings.Contains(p.Message, "李老师") || !strings.Contains(p.Message, "A1") {
		t.Errorf("%+v", p)
	}
	// Overtaken between upload and save.
	late := d.upload(li, d.fill(old, map[int]map[string]string{3: works}))
	d.is(d.save(wang, b), 0, 1, 1)
	d.is(d.save(li, late), 0, 1, 0)
	if found, err := d.store.ListFindings(t.Context(), d.entries[1].ID); err != nil || len(found) != 1 || found[0].Code != "A2" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestARowOfAnotherWorklistIsRefused(t *testing.T) {
	d := newDesk(t, 3)
	one, other := d.export(), d.export()
	keys := map[string]string{}
	for _, head := range []string{"记录标识", "基准版本", "清单标识", "校验码"} {
		keys[head] = d.cell(other, 2, head)
	}
	pasted := d.fill(d.fill(one, map[int]map[string]string{2: works, 3: works, 4: works}), map[int]map[string]string{2: keys})
	b := d.upload(li, pasted)
	d.is(b, 2, 1, 0)
	if b.Verdicts[0].Problems[0].Reason != "WORKLIST_ROW_FOREIGN" {
		t.Errorf("%+v", b.Verdicts[0])
	}
	for name, change := range map[string]map[string]string{
		"another revision": {"基准版本": "7"}, "another entry": {"记录标识": d.entries[1].ID}, "no revision": {"基准版本": "x"}, "no mark": {"校验码": ""},
	} {
		b := d.upload(li, d.fill(d.fill(one, map[int]map[string]string{2: works}), map[int]map[string]string{2: change}))
		if len(b.Verdicts) != 1 || b.Verdicts[0].State != app.RowBad || b.Verdicts[0].Problems[0].Reason != "WORKLIST_ROW_FOREIGN" {
			t.Errorf("%s: %+v", name, b.Verdicts)
		}
	}
	// The same row twice in one sheet.
	for head := range keys {
		keys[head] = d.cell(one, 3, head)
	}
	b = d.upload(li, d.fill(d.fill(one, map[int]map[string]string{3: works, 4: bored}), map[int]map[string]string{4: keys}))
	d.is(b, 1, 1, 0)
	if b.Verdicts[1].Problems[0].Reason != "WORKLIST_ROW_REPEATED" {
		t.Errorf("%+v", b.Verdicts[1])
	}
}

func TestAnEntryOutOfSightIsRefusedLikeOneThatIsNot(t *testing.T) {
	d := newDesk(t, 1)
	book := d.fill(d.export(), map[int]map[string]string{2: works})
	elsewhere, _ := useCase(t, d.store)
	d.batches.Findings = elsewhere
	b := d.upload(li, book)
	d.is(b, 0, 1, 0)
	if b.Verdicts[0].Problems[0].Reason != "NOT_FOUND" {
		t.Errorf("%+v", b.Verdicts[0])
	}
}

func TestABatchIsItsAuthorsAloneAndLiesSealed(t *testing.T) {
	d := newDesk(t, 1)
	b := d.upload(li, d.fill(d.export(), map[int]map[string]string{2: works}))
	for _, id := range []string{b.ID, uuid.NewString(), "x"} {
		if _, err := d.batches.Get(t.Context(), domain.Author{ID: "wang"}, id); !fault.Is(err, "NOT_FOUND") {
			t.Errorf("somebody else's: %v", err)
		}
	}
	ctx := testkit.Context(t)
	var seen int
	if err := d.pool.QueryRow(ctx, "SELECT count(*) FROM finding_batches").Scan(&seen); err != nil || seen != 0 {
		t.Errorf("%d batches seen by nobody, %v", seen, err)
	}
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx) //nolint:errcheck // only read from
	if _, err := tx.Exec(ctx, "SELECT set_config('baoxue.author', 'li', true)"); err != nil {
		t.Fatal(err)
	}
	var content []byte
	if err := tx.QueryRow(ctx, "SELECT content_sealed FROM finding_batches").Scan(&content); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("务工")) || bytes.Contains(content, []byte(d.entries[0].ID)) {
		t.Error("the batch lies in the clear")
	}
}

// A sheet that is larger than one submission is saved in pieces.
func TestALargeWorklistIsSavedInPieces(t *testing.T) {
	d := newDesk(t, 1100)
	filled := map[int]map[string]string{}
	for i := range d.entries {
		filled[i+2] = bored
	}
	delete(filled, 7)
	b := d.upload(li, d.fill(d.export(), filled))
	d.is(b, 1099, 0, 0)
	d.is(d.save(li, b), 0, 0, 1099)
	if d.revisions(5) != 0 || d.revisions(1099) != 1 {
		t.Error("other rows were saved than were filled in")
	}
}
