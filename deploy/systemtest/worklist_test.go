package systemtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/encoding/protojson"

	"baoxue.internal/pkg/fault"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// TestAWorklistGoesOutAndComesBack is the round trip over REST: a county's list, filled in
// offline, uploaded, saved; the same again changes nothing, and nobody else sees it.
func TestAWorklistGoesOutAndComesBack(t *testing.T) {
	s := separate(t)
	entry := (&matrix{system: s}).entryOf(t, "330106")
	clerk, colleague := s.overREST(t, "xihu").(overREST), s.overREST(t, "lucheng").(overREST)
	today := now().Format(time.DateOnly)

	sheet := must[[]byte](t)(clerk.do(http.MethodGet, "/v1/worklist.xlsx?tab=PENDING", "", nil))
	book := must[*excelize.File](t)(excelize.OpenReader(bytes.NewReader(sheet)))
	defer book.Close() //nolint:errcheck // in memory
	rows := must[[][]string](t)(book.GetRows("核查清单"))
	columns := map[string]int{}
	for i, head := range rows[0] {
		columns[head] = i
	}
	place := 0
	for i, row := range rows {
		if row[columns["记录标识"]] == entry {
			place = i + 1
		}
		if number := row[columns["证件号码"]]; i > 0 && number != "" && !strings.Contains(number, "*") {
			t.Errorf("row %d shows a number in full without a reason", i+1)
		}
	}
	if place == 0 {
		t.Fatal("the entry is not in its county's list")
	}
	for head, text := range map[string]string{"核查类别": "辍学处理", "核查结果": "A2 厌学辍学", "证明人": "王老师", "证明日期": today} {
		cell := must[string](t)(excelize.CoordinatesToCellName(columns[head]+1, place))
		if err := book.SetCellStr("核查清单", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	var filled bytes.Buffer
	if err := book.Write(&filled); err != nil {
		t.Fatal(err)
	}

	batch := uploaded(t, clerk, filled.Bytes())
	if batch.GetFilled() != 1 || batch.GetReady() != 1 {
		t.Fatalf("%v", batch)
	}
	path := "/v1/findingBatches/" + batch.GetId()
	for range 2 {
		saved := &verificationv1.FindingBatch{}
		if err := clerk.into(saved, http.MethodPost, path+":save", strings.NewReader("{}")); err != nil || saved.GetSaved() != 1 {
			t.Fatalf("%v, %v", saved, err)
		}
	}
	if again := uploaded(t, clerk, filled.Bytes()); again.GetSaved() != 1 || again.GetReady() != 0 {
		t.Errorf("%v", again)
	}
	found := &verificationv1.ListFindingsResponse{}
	clerk.ok(found, "/v1/entries/"+entry+"/findings")
	if len(found.GetFindings()) != 1 || found.GetFindings()[0].GetCode() != "A2" {
		t.Errorf("%v", found)
	}
	got := &verificationv1.GetFindingBatchResponse{}
	clerk.ok(got, path)
	if len(got.GetRows()) != 1 || got.GetRows()[0].GetRow() != int32(place) || got.GetRows()[0].GetEntryId() != entry {
		t.Errorf("%v", got)
	}
	marked := must[[]byte](t)(clerk.do(http.MethodGet, path+"/marked.xlsx", "", nil))
	if !bytes.HasPrefix(marked, []byte("PK")) {
		t.Errorf("%.20q", marked)
	}
	for _, place := range []string{path, path + "/marked.xlsx"} {
		if _, err := colleague.do(http.MethodGet, place, "", nil); !fault.Is(err, "NOT_FOUND") {
			t.Errorf("somebody else reads %s: %v", place, err)
		}
	}
	// Another county's list has none of these children.
	theirs := must[[]byte](t)(colleague.do(http.MethodGet, "/v1/worklist.xlsx", "", nil))
	if other := must[*excelize.File](t)(excelize.OpenReader(bytes.NewReader(theirs))); bytes.Contains(content(t, other), []byte(entry)) {
		t.Error("another county's list has the entry")
	}
	// What another county uploads of it is as unknown as what is not there.
	refused := uploaded(t, colleague, filled.Bytes())
	if refused.GetBad() != 1 {
		t.Errorf("%v", refused)
	}
}

func content(t *testing.T, book *excelize.File) (all []byte) {
	t.Helper()
	for _, row := range must[[][]string](t)(book.GetRows("核查清单")) {
		all = append(all, strings.Join(row, "\t")...)
	}
	return all
}

func uploaded(t *testing.T, c overREST, file []byte) *verificationv1.FindingBatch {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part := must[io.Writer](t)(w.CreateFormFile("file", "清单.xlsx"))
	must[int](t)(part.Write(file))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	answer := must[[]byte](t)(c.do(http.MethodPost, "/v1/findings:batch", w.FormDataContentType(), &form))
	batch := &verificationv1.FindingBatch{}
	if err := protojson.Unmarshal(answer, batch); err != nil {
		t.Fatal(err)
	}
	return batch
}
