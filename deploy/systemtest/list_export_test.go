package systemtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"baoxue.internal/pkg/fault"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// The other lists leave as workbooks: whole, as the caller sees them, and in the trail.
func TestListsLeaveAsWorkbooks(t *testing.T) {
	s := oneProcess(t)
	province, city, county := s.overREST(t, "zhejiang").(overREST), s.overREST(t, "hangzhou").(overREST), s.overREST(t, "xihu").(overREST)
	due := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	// More than a page.
	const batches, each = 17, 13
	var codes []string
	counties := &regionv1.ListRegionsResponse{}
	city.ok(counties, "/v1/regions?parent=330100")
	for _, r := range counties.GetRegions() {
		codes = append(codes, `"`+r.GetCode()+`"`)
	}
	if len(codes) != each {
		t.Fatalf("%d counties", len(codes))
	}
	for range batches {
		body := fmt.Sprintf(`{"countyCodes": [%s], "title": "=1+1", "text": "请核查", "dueOn": %q}`, strings.Join(codes, ","), due)
		if err := city.into(&verificationv1.BatchIssueOrdersResponse{}, http.MethodPost, "/v1/supervisionOrders:batchIssue", strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	this := thisMonth()
	if _, err := province.closeMonth(this); err != nil {
		t.Fatal(err)
	}
	month := province.month(this)
	cell := fmt.Sprintf("/v1/exports/cell-entries.xlsx?month=%s&number=%d&figure=total", month.GetSnapshot().GetMonth(), month.GetSnapshot().GetNumber())
	rows := func(c overREST, path string) [][]string {
		t.Helper()
		return exportedRows(t, must[[]byte](t)(c.do(http.MethodGet, path, "", nil)))
	}
	for _, c := range []struct {
		who  overREST
		path string
		want int
		head string
	}{
		{city, "/v1/exports/orders.xlsx", batches * each, "标题"},
		{county, "/v1/exports/orders.xlsx?state=ORDER_OPEN&pageSize=1", batches, "标题"},
		{county, "/v1/exports/orders.xlsx?region=330302", 0, "标题"},
		{county, "/v1/exports/transfers.xlsx", 0, "姓名"},
		{city, "/v1/exports/county-reports.xlsx?month=" + month.GetSnapshot().GetMonth(), each, "区划代码"},
		{county, cell + "&region=330106", int(county.counts().GetTotal()), "姓名"},
		{county, "/v1/exports/inbox.xlsx?unread=true", batches, "消息"},
		{city, "/v1/exports/inbox.xlsx", 0, "消息"},
		{province, "/v1/exports/imports.xlsx", 2, "文件"},
	} {
		got := rows(c.who, c.path)
		if len(got) != c.want+1 || got[0][0] != c.head {
			t.Errorf("%s: %d rows below %q, want %d", c.path, len(got)-1, got[0], c.want)
		}
	}
	live := &reportingv1.GetProgressResponse{}
	city.ok(live, "/v1/progress")
	table := rows(city, "/v1/exports/progress.xlsx")
	if got, total := table[1], strconv.Itoa(int(live.GetRows()[0].GetTotal())); len(table) != 1+len(live.GetRows()) || !slices.Equal(got[:4], []string{"330100", "杭州市", "全部", total}) {
		t.Errorf("%d rows, %q, want %d of which the first has %s", len(table)-1, got, len(live.GetRows()), total)
	}
	divisions := &regionv1.ListRegionsResponse{}
	province.ok(divisions, "/v1/regions?parent=330000&recursive=true&asOf=2019-07-01")
	if got := rows(county, "/v1/exports/regions.xlsx?parent=330000&recursive=true&asOf=2019-07-01"); len(got) != 1+len(divisions.GetRegions()) || got[1][0] != "330100" {
		t.Errorf("%d divisions leave as %d rows, first %q", len(divisions.GetRegions()), len(got)-1, got[1])
	}
	if got := rows(province, "/v1/exports/region-changes.xlsx"); got[0][0] != "生效月份" {
		t.Errorf("changes of divisions: %q", got)
	}
	// What is counted is a number, which Excel adds up.
	book := must[*excelize.File](t)(excelize.OpenReader(bytes.NewReader(must[[]byte](t)(city.do(http.MethodGet, "/v1/exports/progress.xlsx", "", nil)))))
	defer book.Close() //nolint:errcheck // in memory
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "D2": excelize.CellTypeUnset, "F2": excelize.CellTypeUnset} {
		if kind := must[excelize.CellType](t)(book.GetCellType("工作进展", cell)); kind != want {
			t.Errorf("%s is of type %d", cell, kind)
		}
	}
	if first := rows(county, "/v1/exports/orders.xlsx")[1]; !slices.Equal(first[:5], []string{"=1+1", "西湖区", "杭州市", due, "未签收"}) {
		t.Errorf("%q", first)
	}
	for path, want := range map[string]string{
		"/v1/exports/orders.xlsx?name=x": "INVALID_REQUEST", cell + "&region=330302": "NOT_FOUND", "/v1/exports/nothing.xlsx": "NOT_FOUND",
	} {
		if _, err := county.do(http.MethodGet, path, "", nil); !fault.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	found := &auditv1.SearchRecordsResponse{}
	if province.ok(found, "/v1/audit/reporting/records?action=list.exported"); len(found.GetRecords()) != 14 {
		t.Errorf("%d exports are in the trail", len(found.GetRecords()))
	}
}
