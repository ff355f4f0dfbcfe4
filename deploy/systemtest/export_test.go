package systemtest

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// TestExports: masked unless a reason is given, within the caller's region, each in the trail; and
// what goes up to the Ministry can be imported as it came.
func TestExports(t *testing.T) {
	s := oneProcess(t)
	county, province := s.overREST(t, "xihu").(overREST), s.overREST(t, "zhejiang").(overREST)
	reason := url.QueryEscape("核对 上报")

	masked := exportedRows(t, must[[]byte](t)(county.do(http.MethodGet, "/v1/exports/entries.xlsx", "", nil)))
	full := exportedRows(t, must[[]byte](t)(county.do(http.MethodGet, "/v1/exports/entries.xlsx?reason="+reason, "", nil)))
	lines := must[[]byte](t)(county.do(http.MethodGet, "/v1/exports/entries.csv", "", nil))
	if !bytes.HasPrefix(lines, []byte("\uFEFF序号,姓名,")) {
		t.Fatalf("%.60q", lines)
	}
	text := must[[][]string](t)(csv.NewReader(bytes.NewReader(bytes.TrimPrefix(lines, []byte("\uFEFF")))).ReadAll())
	if len(masked) < 3 || len(masked) != len(full) || len(masked) != len(text) {
		t.Fatalf("%d rows, %d in full, %d as text", len(masked), len(full), len(text))
	}
	number, place := slices.Index(masked[0], "证件号码"), slices.Index(masked[0], "处理县区代码")
	name, flags, flagged := slices.Index(masked[0], "处理县区"), slices.Index(masked[0], "数据质量提示"), 0
	for i := 1; i < len(masked); i++ {
		if masked[i][place] != "330106" || masked[i][name] != "浙江省杭州市西湖区" {
			t.Errorf("row %d is of %s %s", i, masked[i][place], masked[i][name])
		}
		if masked[i][flags] != "" {
			flagged++
		}
		// What is odd about a child is told in words.
		if strings.Contains(masked[i][flags], "_") {
			t.Errorf("row %d has %q", i, masked[i][flags])
		}
		if given := full[i][number]; given != "" && (strings.Contains(given, "*") || !strings.Contains(masked[i][number], "*") || masked[i][number] != text[i][number]) {
			t.Errorf("row %d: %q, in full %q, as text %q", i, masked[i][number], given, text[i][number])
		}
	}

	if flagged == 0 {
		t.Error("nothing is odd")
	}
	if foreign := exportedRows(t, must[[]byte](t)(county.do(http.MethodGet, "/v1/exports/entries.xlsx?region=330302&reason="+reason, "", nil))); len(foreign) != 1 {
		t.Errorf("another county's: %d rows", len(foreign))
	}
	for path, want := range map[string]string{
		"/v1/exports/entries.xlsx?reason=x":          "INVALID_REQUEST",
		"/v1/exports/ministry.xlsx?reason=" + reason: "PERMISSION_DENIED",
		"/v1/exports/entries.csv?page=3":             "INVALID_REQUEST",
	} {
		if _, err := county.do(http.MethodGet, path, "", nil); !fault.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := province.do(http.MethodGet, "/v1/exports/ministry.xlsx", "", nil); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("to the Ministry without a reason: %v", err)
	}
	backgroundExport(t, county, province, masked, full)
	usersExport(t, s.overREST(t, "hangzhou").(overREST), county)
	trailExport(t, province, county)
	upload := must[[]byte](t)(province.do(http.MethodGet, "/v1/exports/ministry.xlsx?reason="+reason, "", nil))
	heads := exportedRows(t, upload)[0]
	if want := []string{"序号", "姓名", "出生日期", "证件号码", "户籍地", "家庭住址", "是否在读", "全国学籍号", "省内学校名称", "省内学籍号", "省内学生状态", "处理"}; !slices.Equal(heads[:len(want)], want) {
		t.Errorf("%q", heads)
	}
	if again := province.importFile("上报.xlsx", upload); again.GetState().String() != "SUCCEEDED" || again.GetRowsCreated() != 0 || again.GetRowsStored() == 0 {
		t.Errorf("imported again: %v", again)
	}

	for service, action := range map[string]string{"ledger": "entries.export", "reporting": "entries.export"} {
		found := &auditv1.SearchRecordsResponse{}
		province.ok(found, "/v1/audit/"+service+"/records?action="+action)
		inFull := 0
		for _, r := range found.GetRecords() {
			if r.GetReason() == "核对 上报" && r.GetDetails()["in_full"] == "true" {
				inFull++
			}
		}
		if inFull < 2 {
			t.Errorf("%s: %d exports in full are in the trail", service, inFull)
		}
	}
}

func exportedRows(t *testing.T, content []byte) [][]string {
	t.Helper()
	book := must[*excelize.File](t)(excelize.OpenReader(bytes.NewReader(content)))
	defer book.Close() //nolint:errcheck // in memory
	rows := must[[][]string](t)(book.GetRows(book.GetSheetName(0)))
	for i, row := range rows {
		rows[i] = append(row, make([]string, len(rows[0])-len(row))...)
	}
	return rows
}

// usersExport: an administrator's own, each with what their accounts may be asked.
func usersExport(t *testing.T, city, county overREST) {
	t.Helper()
	listed := &authv1.ListUsersResponse{}
	city.ok(listed, "/v1/users?pageSize=200")
	rows := exportedRows(t, must[[]byte](t)(city.do(http.MethodGet, "/v1/exports/users.xlsx", "", nil)))
	if len(rows) != 1+len(listed.GetUsers()) || len(rows) < 3 {
		t.Fatalf("%d users leave as %q", len(listed.GetUsers()), rows)
	}
	for i, u := range listed.GetUsers() {
		if row := rows[1+i]; row[0] != u.GetUsername() || row[4] != u.GetRegionName() || row[5] == "" || row[6] != "正常" || row[7] != "否" {
			t.Errorf("%v leaves as %q", u, row)
		}
	}
	if got := exportedRows(t, must[[]byte](t)(city.do(http.MethodGet, "/v1/exports/users.xlsx?q=xihu", "", nil))); len(got) != 2 || got[1][0] != "xihu" {
		t.Errorf("one user leaves as %q", got)
	}
	if _, err := county.do(http.MethodGet, "/v1/exports/users.xlsx", "", nil); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a county: %v", err)
	}
}

// trailExport: every trail, reporting's own among them, as the search shows it; and itself in one.
func trailExport(t *testing.T, province, county overREST) {
	t.Helper()
	for _, service := range []string{"ledger", "verification", "regionauth", "reporting"} {
		found := &auditv1.SearchRecordsResponse{}
		province.ok(found, "/v1/audit/"+service+"/records?pageSize=200&outcome=DONE")
		// Newer ones may have come in between.
		until := found.GetRecords()[0].GetOccurTime().AsTime().Add(time.Microsecond).Format(time.RFC3339Nano)
		rows := exportedRows(t, must[[]byte](t)(province.do(http.MethodGet, "/v1/audit/"+service+"/records.xlsx?outcome=DONE&pageSize=1&untilTime="+until, "", nil)))
		if len(rows) < 1+len(found.GetRecords()) || len(rows) < 2 || rows[0][0] != "时间" {
			t.Fatalf("%s: %d records leave as %d rows below %q", service, len(found.GetRecords()), len(rows), rows[0])
		}
		for i, r := range found.GetRecords() {
			at := r.GetOccurTime().AsTime().In(beijing).Format(time.DateTime)
			if row := rows[1+i]; row[0] != at || row[2] != r.GetActorId() || row[4] != found.GetActionNames()[r.GetAction()] || row[5] != r.GetAction() ||
				row[6] != found.GetResourceNames()[r.GetResourceType()] || row[7] != r.GetResourceId() || row[9] != "完成" {
				t.Errorf("%s: %v leaves as %q", service, r, row)
			}
		}
	}
	found := &auditv1.SearchRecordsResponse{}
	if province.ok(found, "/v1/audit/reporting/records?action=list.exported&resourceId=audit-records"); len(found.GetRecords()) != 4 {
		t.Errorf("%d exports of trails are in the trail", len(found.GetRecords()))
	}
	if _, err := county.do(http.MethodGet, "/v1/audit/ledger/records.xlsx", "", nil); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a county: %v", err)
	}
}

// backgroundExport: the same files, made while the author does something else, and nobody else's.
func backgroundExport(t *testing.T, county, province overREST, masked, full [][]string) {
	t.Helper()
	create := func(body string) (*reportingv1.Export, error) {
		e := &reportingv1.Export{}
		return e, county.into(e, http.MethodPost, "/v1/exports", strings.NewReader(body))
	}
	for body, want := range map[string]string{
		`{"reason": "x"}`: "INVALID_REQUEST",
		`{"reason": "核对上报", "layout": "EXPORT_LAYOUT_MINISTRY"}`: "PERMISSION_DENIED",
		`{"filter": {"region": "x"}}`:                            "INVALID_REQUEST",
	} {
		if _, err := create(body); !fault.Is(err, want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for body, want := range map[string][][]string{`{}`: masked, `{"reason": "核对 上报"}`: full} {
		e, err := create(body)
		if err != nil {
			t.Fatal(err)
		}
		path := "/v1/exports/" + e.GetId()
		tick := time.NewTicker(20 * time.Millisecond)
		for e.GetState() == reportingv1.ExportState_EXPORT_RUNNING {
			<-tick.C
			county.ok(e, path)
		}
		tick.Stop()
		if e.GetState() != reportingv1.ExportState_EXPORT_READY || int(e.GetEntries()) != len(want)-1 || e.GetTotal() != e.GetEntries() {
			t.Fatalf("%s: %v", body, e)
		}
		rows := exportedRows(t, must[[]byte](t)(county.do(http.MethodGet, path+"/file", "", nil)))
		if !slices.EqualFunc(rows, want, slices.Equal) {
			t.Errorf("%s: %d rows that differ from those fetched at once", body, len(rows))
		}
		for _, there := range []string{path, path + "/file"} {
			if _, err := province.do(http.MethodGet, there, "", nil); !fault.Is(err, "NOT_FOUND") {
				t.Errorf("somebody else's: %v", err)
			}
		}
	}
	mine := &reportingv1.ListExportsResponse{}
	if county.ok(mine, "/v1/exports"); len(mine.GetExports()) != 2 {
		t.Errorf("%v", mine)
	}
}
