package systemtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// TestWhatFollowsAFinding is one child's way back to class, over REST: persuaded, visited,
// back, its record made, the finding reviewed and returned.
func TestWhatFollowsAFinding(t *testing.T) {
	s := separate(t)
	entry := (&matrix{system: s}).entryOf(t, "330106")
	clerk, city, stranger := s.overREST(t, "xihu").(overREST), s.overREST(t, "hangzhou").(overREST), s.overREST(t, "lucheng").(overREST)
	path := "/v1/entries/" + entry
	today := now()
	post := func(c overREST, into proto.Message, path, body string) {
		t.Helper()
		if err := c.into(into, http.MethodPost, path, strings.NewReader(strings.ReplaceAll(body, "TODAY", today.Format(time.DateOnly)))); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	work := func(c overREST) *verificationv1.GetWorkResponse {
		t.Helper()
		w := &verificationv1.GetWorkResponse{}
		c.ok(w, path+"/work")
		return w
	}
	projected := func(want string) {
		t.Helper()
		conn, err := pgx.Connect(testkit.Context(t), s.cluster.DSN(s.databases+"ledger"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(testkit.Context(t)) //nolint:errcheck // the test is over
		until(t, func() bool {
			var got string
			if err := conn.QueryRow(testkit.Context(t), "SELECT concat_ws(' ', returned, duty, closed, due_kind, work_version) FROM entries WHERE id = $1", entry).Scan(&got); err != nil {
				t.Fatal(err)
			}
			return got == want
		})
	}
	projected("f NONE f PENDING 0")

	watched := func(c overREST, tag string, want ...string) {
		t.Helper()
		list := &ledgerv1.ListEntriesResponse{}
		c.ok(list, "/v1/entries?tags="+tag)
		var got []string
		for _, e := range list.GetEntries() {
			got = append(got, e.GetId()+" "+strings.Join(e.GetTags(), " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	post(clerk, &verificationv1.SetTagsResponse{}, path+"/tags", `{"tags": ["TAG_LEFT_BEHIND", "TAG_DISABLED"]}`)
	// The next list shows it, and the deadline is still that of a pending child.
	watched(clerk, "TAG_DISABLED", entry+" TAG_LEFT_BEHIND TAG_DISABLED")
	watched(stranger, "TAG_DISABLED")
	watched(city, "TAG_MIGRANT")
	projected("f NONE f PENDING 0")
	if _, err := clerk.do(http.MethodGet, "/v1/entries?tags=DISABLED", "", nil); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("a group that there is not: %v", err)
	}
	if got := exportedRows(t, must[[]byte](t)(clerk.do(http.MethodGet, "/v1/exports/entries.xlsx?tags=TAG_DISABLED", "", nil))); len(got) != 2 || !slices.Contains(got[1], "留守、残疾") {
		t.Errorf("the special groups leave as %q", got)
	}

	post(clerk, &verificationv1.Finding{}, path+"/findings", `{"dropout": {"code": "A2", "witness": "王老师", "witnessDate": "TODAY"}}`)
	post(clerk, &verificationv1.Visit{}, path+"/visits", `{"form": {"date": "TODAY", "persuaders": "李老师", "contact": "祖父", "method": "HOME_VISIT",
		"childSituation": "在家", "familySituation": "父母在外", "result": "AGREED", "nextDate": "`+today.AddDate(0, 0, 2).Format(time.DateOnly)+`"}}`)
	projected("f NONE f VISIT 2")
	if _, err := clerk.do(http.MethodPost, path+"/visits", "application/json", strings.NewReader("{}")); !fault.Is(err, "VISIT_INVALID") || len(fault.As(err).Violations) != 7 {
		t.Errorf("an empty visit: %v", err)
	}
	step := &verificationv1.LegalStep{}
	post(clerk, step, path+"/legalSteps", `{"form": {"code": "EDUCATION", "date": "TODAY", "authority": "文三街道"}}`)
	projected("f NONE f VISIT 3")
	// The list says which step, though the visit is due sooner.
	lawful := func(c overREST, want ...string) {
		t.Helper()
		list := &ledgerv1.ListEntriesResponse{}
		c.ok(list, "/v1/entries?queue=QUEUE_LEGAL")
		var got []string
		for _, e := range list.GetEntries() {
			got = append(got, e.GetId()+" "+e.GetLegalStep())
		}
		if !slices.Equal(got, want) {
			t.Errorf("under the law: %q, want %q", got, want)
		}
	}
	lawful(city, entry+" 宣传教育")
	lawful(stranger)
	if got := exportedRows(t, must[[]byte](t)(clerk.do(http.MethodGet, "/v1/exports/entries.xlsx?queue=QUEUE_LEGAL", "", nil))); len(got) != 2 || !slices.Contains(got[1], "宣传教育") {
		t.Errorf("the step leaves as %q", got)
	}
	if _, err := clerk.do(http.MethodPost, path+"/legalSteps", "application/json", strings.NewReader("{}")); !fault.Is(err, "LEGAL_STEP_INVALID") || len(fault.As(err).Violations) != 3 {
		t.Errorf("an empty step of the law: %v", err)
	}
	withdraw := path + "/legalSteps/" + step.GetId() + ":withdraw"
	if _, err := city.do(http.MethodPost, withdraw, "application/json", strings.NewReader(`{"reason": "误登记"}`)); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a city withdraws: %v", err)
	}
	post(clerk, step, withdraw, `{"reason": "误登记"}`)
	projected("f NONE f VISIT 4")
	lawful(city)
	page, err := clerk.do(http.MethodGet, path+"/return-notice.html", "", nil)
	if err != nil || !bytes.Contains(page, []byte("浙江省杭州市西湖区教育局")) || bytes.Contains(page, []byte("<script")) {
		t.Errorf("%s, %v", page, err)
	}
	full, err := clerk.do(http.MethodGet, path+"/return-notice.html?reason=%E9%80%81%E8%BE%BE%E9%80%9A%E7%9F%A5%E4%B9%A6", "", nil)
	if err != nil || !bytes.Contains(page, []byte("****")) || bytes.Contains(full, []byte("****")) {
		t.Errorf("with a reason the address is masked, or without one it is not: %v", err)
	}
	evidenceGoesInAndOut(t, clerk, stranger, path)

	post(clerk, &verificationv1.Finding{}, path+"/findings", `{"baseRevision": 1, "enrolled": {"code": "B3", "schoolRegion": "330106",
		"school": "文三路小学", "witness": "王老师", "witnessDate": "TODAY"}}`)
	duties := &verificationv1.ListDueWorkResponse{}
	city.ok(duties, "/v1/dueWork?kind=DUE_DUTY&region=330106")
	if len(duties.GetWorks()) != 1 || duties.GetWorks()[0].GetEntryId() != entry {
		t.Errorf("open duties: %v", duties)
	}
	post(clerk, &verificationv1.Work{}, path+"/duty:complete", `{"recordNumber": "G330106201005061237"}`)
	projected("f DONE t FOLLOW_UP 6")

	sample := &verificationv1.ReviewSample{}
	post(city, sample, "/v1/reviewSamples", `{"region": "330106", "seed": "7"}`)
	reviews := &verificationv1.ListReviewsResponse{}
	city.ok(reviews, "/v1/reviewSamples/"+sample.GetId()+"/reviews")
	if len(reviews.GetReviews()) != 1 {
		t.Fatalf("%v", reviews)
	}
	review := &verificationv1.Review{}
	city.ok(review, "/v1/reviews/"+reviews.GetReviews()[0].GetId())
	if review.GetCode() != "" || review.GetAuthor() != "" || review.GetEvidence().GetSchool() != "文三路小学" {
		t.Errorf("an open review shows %v", review)
	}
	exported := func(path string) [][]string {
		t.Helper()
		return exportedRows(t, must[[]byte](t)(city.do(http.MethodGet, "/v1/exports/"+path, "", nil)))
	}
	if got := exported("reviews.xlsx?sampleId=" + sample.GetId()); len(got) != 2 || !slices.Equal(trimmed(got[1]), []string{"西湖区", "待复核"}) {
		t.Errorf("an open review leaves as %q", got)
	}
	post(city, review, "/v1/reviews/"+review.GetId()+":return", `{"revision": 2, "reason": "学校无此学生"}`)
	if got := exported("reviews.xlsx?sampleId=" + sample.GetId()); len(got) != 2 || got[1][1] != "已退回" || got[1][3] != "B3" || got[1][5] != "学校无此学生" {
		t.Errorf("a returned review leaves as %q", got)
	}
	if got := exported("overturn-rates.xlsx"); len(got) != 2 || !slices.Equal(got[1], []string{"西湖区", "B3", "1", "1", "100.00%"}) {
		t.Errorf("rates leave as %q", got)
	}
	projected("t DONE f RETURNED 8")
	if w := work(clerk); !w.GetWork().GetReturned() || w.GetWork().GetReturnReason() != "学校无此学生" || w.GetRecordNumberEnding() != "1237" {
		t.Errorf("%v", w)
	}
	if _, err := stranger.do(http.MethodGet, path+"/work", "", nil); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("another county: %v", err)
	}
	signals := &verificationv1.ListSignalsResponse{}
	city.ok(signals, "/v1/signals?region=330106")
	if got := exported("signals.xlsx?region=330106"); len(got) != 1+len(signals.GetSignals()) || got[0][0] != "提示" {
		t.Errorf("%d signals leave as %q", len(signals.GetSignals()), got)
	}
	for _, list := range []string{"signals.xlsx", "overturn-rates.xlsx", "reviews.xlsx?sampleId=" + sample.GetId()} {
		if _, err := clerk.do(http.MethodGet, "/v1/exports/"+list, "", nil); !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%s for a county: %v", list, err)
		}
	}

	post(clerk, &verificationv1.Finding{}, path+"/findings", `{"baseRevision": 2, "dropout": {"code": "A2", "witness": "王老师", "witnessDate": "TODAY"}}`)
	projected("f NONE f PERSUASION 9")
	if w := work(clerk).GetWork(); w.GetRelapses() != 1 || w.GetRelapsedFromRevision() != 2 {
		t.Errorf("%v", w)
	}
	post(clerk, step, path+"/legalSteps", `{"form": {"code": "EDUCATION", "date": "TODAY", "authority": "文三街道"}}`)
	projected("f NONE f LEGAL_STEP 10")
	due, steps := &verificationv1.ListDueWorkResponse{}, &verificationv1.ListLegalStepsResponse{}
	city.ok(due, "/v1/dueWork?kind=DUE_LEGAL_STEP&region=330106")
	city.ok(steps, path+"/legalSteps")
	if len(due.GetWorks()) != 1 || len(steps.GetSteps()) != 2 || steps.GetSteps()[0].GetWithdrawal().GetReason() != "误登记" || steps.GetNext() != "ORDER" {
		t.Errorf("due are %v; the steps are %v", due, steps)
	}
	if _, err := stranger.do(http.MethodGet, path+"/legalSteps", "", nil); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("another county reads the steps: %v", err)
	}
	reviewsAreClosed(t, s.overREST(t, "zhejiang").(overREST))
}

// reviewsAreClosed: what the review came to is among the month's figures, under the code that was
// reviewed, though the child has another by now; and counting the month again gives the same.
func reviewsAreClosed(t *testing.T, province overREST) {
	t.Helper()
	if _, err := province.closeMonth(thisMonth()); err != nil {
		t.Fatal(err)
	}
	book := must[*excelize.File](t)(excelize.OpenReader(bytes.NewReader(province.bulletin(thisMonth()))))
	defer book.Close() //nolint:errcheck // in memory
	reviewed := map[string]bool{}
	for _, row := range must[[][]string](t)(book.GetRows("复核情况"))[3:] {
		if row[4] != "0" {
			reviewed[strings.Join(append(row[1:3:3], row[4:]...), " ")] = true
		}
	}
	if len(reviewed) != 2 || !reviewed["全省合计 B3 1 1 100.00%"] || !reviewed["西湖区 B3 1 1 100.00%"] {
		t.Errorf("reviews are closed as %v", reviewed)
	}
	again := &reportingv1.RerunMonthsResponse{}
	if err := province.into(again, http.MethodPost, "/v1/months:rerun", strings.NewReader("{}")); err != nil {
		t.Fatal(err)
	}
	if len(again.GetResults()) != 1 || !again.GetResults()[0].GetEqual() {
		t.Errorf("counted again: %v", again)
	}
}

// trimmed is a row without the empty cells at its end.
func trimmed(row []string) []string {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	return row
}

// evidenceGoesInAndOut sends a file as a browser does and reads it again.
func evidenceGoesInAndOut(t *testing.T, clerk, stranger overREST, path string) {
	t.Helper()
	file := []byte("%PDF-1.7\n走访记录\n%%EOF")
	send := func(content []byte) ([]byte, error) {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part := must[io.Writer](t)(w.CreateFormFile("file", "../../王小明.pdf"))
		must[int](t)(part.Write(content))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return clerk.do(http.MethodPost, path+"/evidence?revision=1", w.FormDataContentType(), &form)
	}
	if _, err := send(file); err != nil {
		t.Fatal(err)
	}
	if _, err := send([]byte("<html>")); !fault.Is(err, "EVIDENCE_INVALID") {
		t.Errorf("a page as evidence: %v", err)
	}
	if _, err := send(append(bytes.Clone(file), make([]byte, 10<<20)...)); err == nil {
		t.Error("more than 10 MiB are taken")
	}
	list := &verificationv1.ListEvidenceResponse{}
	clerk.ok(list, path+"/evidence")
	if len(list.GetEvidence()) != 1 {
		t.Fatalf("%v", list)
	}
	place := path + "/evidence/" + list.GetEvidence()[0].GetId()
	if got, err := clerk.do(http.MethodGet, place, "", nil); err != nil || !bytes.Equal(got, file) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := stranger.do(http.MethodGet, place, "", nil); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("another county reads it: %v", err)
	}
}
