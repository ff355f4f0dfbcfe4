package rest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

const province = "PROVINCE:330000"

type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (a answer) failure(t *testing.T) (f struct {
	Code            int
	Message, Reason string
	RequestID       string `json:"requestId"`
	FieldViolations []struct{ Field, Reason, Description string }
	Details         []map[string]any
},
) {
	t.Helper()
	if err := json.Unmarshal(a.body, &f); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return f
}

func do(t *testing.T, front *httptest.Server, method, path string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, front.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+province)
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	resp, err := front.Client().Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() {
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	content, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: content, err: err}
}

func TestEveryErrorHasOneShape(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	violated := fault.FromViolations("FINDING_INVALID", "填写有误", []fault.Violation{
		{Field: "enrolled.school_region", Reason: "REQUIRED", Message: "请选择就读省县"},
	})
	for _, c := range []struct {
		name, method, path, body string
		fail                     error
		status                   int
		code                     codes.Code
		reason, message, field   string
		headers                  []string
	}{
		{name: "violations", fail: violated, status: 400, code: 3, reason: "FINDING_INVALID", message: "填写有误", field: "enrolled.schoolRegion"},
		{name: "conflict", fail: fault.New(fault.Conflict, "REVISION_CONFLICT", "已被修改"), status: 409, code: 10, reason: "REVISION_CONFLICT", message: "已被修改"},
		{name: "denied", fail: fault.New(fault.Denied, "PERMISSION_DENIED", "没有权限"), status: 403, code: 7, reason: "PERMISSION_DENIED", message: "没有权限"},
		{name: "denied page", path: "/v1/months/2019-07/bulletin.html", fail: fault.New(fault.Denied, "PERMISSION_DENIED", "没有权限"), status: 403, code: 7, reason: "PERMISSION_DENIED", message: "没有权限"},
		{name: "precondition", fail: fault.New(fault.Precondition, "EVENTS_BEHIND", "稍后"), status: 400, code: 9, reason: "EVENTS_BEHIND", message: "稍后"},
		{name: "exists", fail: fault.New(fault.Exists, "USERNAME_TAKEN", "已有"), status: 409, code: 6, reason: "USERNAME_TAKEN", message: "已有"},
		{name: "unclassified", fail: errors.New("pq: secret"), status: 500, code: 13, reason: "INTERNAL", message: "系统内部错误，请将请求编号告知运维人员"},
		{name: "transport", fail: status.Error(codes.Unavailable, "dial 10.0.0.1"), status: 503, code: 14, reason: "UNAVAILABLE", message: "服务暂不可用，请稍后重试"},
		{name: "no method", fail: status.Error(codes.Unimplemented, "unknown method secret"), status: 501, code: 12, reason: "UNIMPLEMENTED", message: "服务暂不支持此操作"},
		{name: "missing", path: "/v1/entries/nobody", status: 404, code: 5, reason: "NOT_FOUND", message: "没有这条记录"},
		{name: "anonymous", headers: []string{"Authorization", ""}, status: 401, code: 16, reason: "UNAUTHENTICATED", message: "请先登录"},
		{name: "unknown path", path: "/v1/nothing", status: 404, code: 5, reason: "NOT_FOUND", message: "没有这个地址"},
		{name: "wrong method", method: "DELETE", path: "/v1/entries", status: 405, code: 12, reason: "INVALID_REQUEST", message: "这个地址不支持此请求方法"},
		{name: "wrong method of a download", method: "POST", path: "/v1/exports/entries.xlsx", status: 405, code: 12, reason: "INVALID_REQUEST", message: "这个地址不支持此请求方法"},
		{name: "malformed JSON", method: "POST", path: "/v1/users", body: `{"username`, status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求内容不是有效的 JSON"},
		{name: "unknown field", method: "POST", path: "/v1/users", body: `{"usrname":"x"}`, status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求中有未知字段 usrname", field: "usrname"},
		{name: "wrong type", method: "POST", path: "/v1/users", body: `{"regionCode":1}`, status: 400, code: 3, reason: "INVALID_REQUEST", message: "字段格式有误 regionCode", field: "regionCode"},
		{name: "body too large", method: "POST", path: "/v1/users", body: `{"username":"` + strings.Repeat("x", 2<<20) + `"}`, status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求内容过大"},
		{name: "shape", path: "/v1/entries?pageSize=1000", status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求格式有误", field: "pageSize"},
		{name: "unknown parameter", path: "/v1/entries?regoin=330100", status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求中有未知字段 regoin", field: "regoin"},
		{name: "bad enum", path: "/v1/entries?tab=NOW", status: 400, code: 3, reason: "INVALID_REQUEST", message: "参数格式有误 tab", field: "tab"},
		{name: "unknown export filter", path: "/v1/exports/entries.xlsx?x=1", status: 400, code: 3, reason: "INVALID_REQUEST", message: "请求中有未知字段 x", field: "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.mu.Lock()
			b.fail = c.fail
			b.mu.Unlock()
			if c.method == "" {
				c.method = "GET"
			}
			if c.path == "" {
				c.path = "/v1/entries/entry-1"
			}
			a := do(t, front, c.method, c.path, strings.NewReader(c.body), append(c.headers, "X-Request-Id", "req-1")...)
			f := a.failure(t)
			if a.status != c.status || f.Code != int(c.code) || f.Reason != c.reason || f.Message != c.message || f.RequestID != "req-1" {
				t.Errorf("%d %s", a.status, a.body)
			}
			if got := a.header.Get("X-Request-Id"); got != "req-1" {
				t.Errorf("X-Request-Id %q", got)
			}
			if len(f.Details) == 0 || f.Details[0]["@type"] != "type.googleapis.com/google.rpc.ErrorInfo" || f.Details[0]["reason"] != c.reason {
				t.Errorf("details %v", f.Details)
			}
			field := ""
			if len(f.FieldViolations) > 0 {
				field = f.FieldViolations[0].Field
			}
			if field != c.field {
				t.Errorf("field %q, want %q", field, c.field)
			}
			for _, leak := range []string{"secret", "10.0.0.1", "proto:", "rpc error"} {
				if bytes.Contains(a.body, []byte(leak)) {
					t.Errorf("tells about internals: %s", a.body)
				}
			}
		})
	}
}

// An operator reads which method failed, and nothing that a caller could have written.
func TestTheLogTellsWhichMethodFailed(t *testing.T) {
	b, log := newBackend(), &bytes.Buffer{}
	b.log, b.fail = slog.NewJSONHandler(log, nil), fault.New(fault.Unavailable, "UNAVAILABLE", "稍后")
	front := start(t, b, built)
	if a := do(t, front, "GET", "/v1/entries/王明", nil, "X-Request-Id", "req-1"); a.status != 503 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	// The answer came after the line was written.
	front.Close()
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", log, err)
	}
	if line["asked"] != "/baoxue.ledger.v1.LedgerService/GetEntry" || line["reason"] != "UNAVAILABLE" || line["request_id"] != "req-1" || strings.Contains(log.String(), "王明") {
		t.Errorf("%s", log)
	}
}

func TestARequestIDThatCouldForgeALogLineIsReplaced(t *testing.T) {
	front := start(t, newBackend(), built)
	if id := do(t, front, "GET", "/v1/me", nil, "X-Request-Id", "a b").header.Get("X-Request-Id"); id == "a b" || id == "" {
		t.Errorf("request id %q", id)
	}
}

func TestSingleResourcesAreAnsweredUnwrapped(t *testing.T) {
	b := newBackend()
	b.imports = []*ledgerv1.Import{{Id: "import-1"}}
	front := start(t, b, built)
	for _, c := range []struct {
		method, path, body, key string
		want                    any
	}{
		{"GET", "/v1/me", "", "regionCode", "330000"},
		{"GET", "/v1/regions/330100", "", "name", "杭州市"},
		{"GET", "/v1/entries/entry-1", "", "revision", 0.0},
		{"GET", "/v1/imports/import-1", "", "state", "SUCCEEDED"},
		{"POST", "/v1/users", `{"username":"someone"}`, "username", "someone"},
		{"POST", "/v1/entries/entry-9:assign", `{"countyCode":"330106","reason":"住址"}`, "countyCode", "330106"},
		{"POST", "/v1/entries/entry-1/findings", `{"unconfirmed":{"witness":"甲","witnessDate":"2019-07-17","explanation":"联系不上"},"baseRevision":0}`, "code", "99"},
	} {
		a := do(t, front, c.method, c.path, strings.NewReader(c.body))
		var got map[string]any
		if err := json.Unmarshal(a.body, &got); err != nil || got[c.key] != c.want {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	for _, c := range []struct{ method, path string }{{"POST", "/v1/months/2019-07:close"}, {"GET", "/v1/months/2019-07"}} {
		if a := do(t, front, c.method, c.path, strings.NewReader("{}")); !bytes.HasPrefix(a.body, []byte(`{"snapshot":`)) {
			t.Errorf("%s %s: %s", c.method, c.path, a.body)
		}
	}
}

// What reads the whole stream takes minutes for a million children.
func TestReadingTheWholeStreamHasTime(t *testing.T) {
	front := start(t, newBackend(), built)
	a := do(t, front, "POST", "/v1/figures:rebuild", strings.NewReader(`{"validateOnly":true}`))
	var got struct{ Missing string }
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	if seconds, err := strconv.Atoi(got.Missing); err != nil || seconds < 3600 {
		t.Errorf("it has %q seconds, %v: %s", got.Missing, err, a.body)
	}
}

func TestQueriesTakeShortEnumNames(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	for query, want := range map[string]*ledgerv1.EntryFilter{
		"tab=PENDING":     {Tab: ledgerv1.Tab_TAB_PENDING},
		"tab=TAB_HANDLED": {Tab: ledgerv1.Tab_TAB_HANDLED},
		"tab=2":           {Tab: ledgerv1.Tab_TAB_HANDLED},
		"tab=HANDLED&source=POVERTY_UNMATCHED&status=HANDLED&idNumber=1": {
			Tab: ledgerv1.Tab_TAB_HANDLED, Source: ledgerv1.Source_SOURCE_POVERTY_UNMATCHED, Status: ledgerv1.Status_HANDLED, IdNumber: "1",
		},
	} {
		if a := do(t, front, "GET", "/v1/entries?pageSize=10&"+query, nil); a.status != 200 {
			t.Fatalf("%s: %s", query, a.body)
		}
		if g := b.asked; g.GetTab() != want.GetTab() || g.GetSource() != want.GetSource() || g.GetStatus() != want.GetStatus() || g.GetIdNumber() != want.GetIdNumber() || g.GetPageSize() != 10 {
			t.Errorf("%s: %v", query, g)
		}
		if a := do(t, front, "GET", "/v1/exports/entries.xlsx?pageSize=10&orderBy=person_name&"+query, nil); a.status != 200 {
			t.Fatalf("%s: %s", query, a.body)
		}
		if g := b.exported; g.GetTab() != want.GetTab() || g.GetSource() != want.GetSource() || g.GetStatus() != want.GetStatus() || g.GetIdNumber() != want.GetIdNumber() {
			t.Errorf("%s: %v", query, g)
		}
	}
}

// form writes a multipart upload as it is read, so that the client holds no
// whole file either.
func form(field, filename string, size int, cut bool) (io.Reader, string) {
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		part, err := m.CreateFormFile(field, filename)
		for left, block := size, make([]byte, 64<<10); err == nil && left > 0; left -= len(block) {
			_, err = part.Write(block[:min(left, len(block))])
		}
		if err == nil && !cut {
			err = m.Close()
		}
		w.CloseWithError(err)
	}()
	return r, m.FormDataContentType()
}

func TestUpload(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	const size = 3<<20 + 17
	body, contentType := form("file", "台账.xlsx", size, false)
	a := do(t, front, "POST", "/v1/imports", body, "Content-Type", contentType)
	var created struct{ ID, State, Filename string }
	if err := json.Unmarshal(a.body, &created); err != nil || a.status != 200 || created.ID != "import-1" || created.State != "RUNNING" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := <-b.uploadEnded; !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if want := (upload{"台账.xlsx", size, 256 << 10}); b.uploaded != want {
		t.Errorf("the ledger got %+v, want %+v", b.uploaded, want)
	}
}

func TestUploadRefusals(t *testing.T) {
	b := newBackend()
	front := start(t, b, built)
	for _, c := range []struct {
		name, field, filename string
		size                  int
		cut                   bool
		headers               []string
		reason, violated      string
	}{
		{name: "no file field", field: "document", filename: "a.xlsx", size: 10, reason: "INVALID_REQUEST", violated: "REQUIRED"},
		{name: "no form", field: "file", headers: []string{"Content-Type", "application/json"}, reason: "INVALID_REQUEST", violated: "REQUIRED"},
		{name: "refused by the ledger", field: "file", filename: "refused.xlsx", size: 8 << 20, reason: "FILE_NOT_WORKBOOK"},
		{name: "cut off", field: "file", filename: "a.xlsx", size: 10, cut: true, reason: "FILE_INTERRUPTED"},
		{name: "not logged in", field: "file", filename: "a.xlsx", headers: []string{"Authorization", ""}, size: 10, reason: "UNAUTHENTICATED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, contentType := form(c.field, c.filename, c.size, c.cut)
			a := do(t, front, "POST", "/v1/imports", body, append([]string{"Content-Type", contentType}, c.headers...)...)
			if a.err != nil {
				t.Fatal(a.err)
			}
			f := a.failure(t)
			if f.Reason != c.reason || c.violated != "" && (len(f.FieldViolations) != 1 || f.FieldViolations[0].Field != "file" || f.FieldViolations[0].Reason != c.violated) {
				t.Errorf("%d %s", a.status, a.body)
			}
			// Part of a file must never look like a whole one to the ledger.
			if c.cut {
				if err := <-b.uploadEnded; errors.Is(err, io.EOF) {
					t.Error("the ledger saw an orderly end")
				}
			}
		})
	}
	t.Run("announced as too large", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", front.URL+"/v1/imports", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 300 << 20
		recorder := httptest.NewRecorder()
		front.Config.Handler.ServeHTTP(recorder, req)
		if a := (answer{body: recorder.Body.Bytes()}).failure(t); recorder.Code != 400 || a.Reason != "FILE_TOO_LARGE" || a.FieldViolations[0].Field != "file" {
			t.Errorf("%d %s", recorder.Code, recorder.Body)
		}
	})
	t.Run("larger than announced", func(t *testing.T) {
		body, contentType := form("file", "a.xlsx", 256<<20+1, false)
		req := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/imports", body)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+province)
		recorder := httptest.NewRecorder()
		front.Config.Handler.ServeHTTP(recorder, req)
		if err := body.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
		if f := (answer{body: recorder.Body.Bytes()}).failure(t); f.Reason != "FILE_TOO_LARGE" || f.Message != "文件超过 256 MB，请拆分后分别上传" {
			t.Errorf("%d %s", recorder.Code, recorder.Body)
		}
		if err := <-b.uploadEnded; errors.Is(err, io.EOF) {
			t.Error("the ledger saw an orderly end")
		}
	})
}

func TestDownloads(t *testing.T) {
	front := start(t, newBackend(), built)
	a := do(t, front, "GET", "/v1/months/2019-07/bulletin.xlsx", nil)
	if a.status != 200 || a.err != nil || string(a.body) != "PK half whole" {
		t.Fatalf("%d %q %v", a.status, a.body, a.err)
	}
	want := "attachment; filename=bulletin.xlsx; filename*=UTF-8''" + url.PathEscape("控辍保学工作情况通报-2019-07.xlsx")
	if got := a.header.Get("Content-Disposition"); got != want {
		t.Errorf("Content-Disposition %q", got)
	}
	if got := a.header.Get("Content-Type"); got != "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" {
		t.Errorf("Content-Type %q", got)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}

	a = do(t, front, "GET", "/v1/months/2019-04/bulletin.xlsx", nil)
	if a.status != 400 || a.failure(t).Reason != "MONTH_NOT_CLOSED" || a.header.Get("Content-Disposition") != "" {
		t.Errorf("a refusal: %d %s", a.status, a.body)
	}
	if a = do(t, front, "GET", "/v1/months/2019-05/bulletin.xlsx", nil); a.status != 500 || a.failure(t).Reason != "INTERNAL" {
		t.Errorf("an empty stream: %d %s", a.status, a.body)
	}
	if a = do(t, front, "GET", "/v1/months/2019-06/bulletin.xlsx", nil); a.err == nil || bytes.Contains(a.body, []byte("secret")) {
		t.Errorf("half a file looks whole: %d %q", a.status, a.body)
	}
	if a = do(t, front, "GET", "/v1/exports/entries.xlsx", nil, "Authorization", ""); a.status != 401 {
		t.Errorf("without a token: %d %s", a.status, a.body)
	}
	if a = do(t, front, "GET", "/v1/months/x%0d%0ay/bulletin.xlsx", nil); strings.Contains(a.header.Get("Content-Disposition"), "x") &&
		!strings.Contains(a.header.Get("Content-Disposition"), url.PathEscape("控辍保学工作情况通报.xlsx")) {
		t.Errorf("an odd month is in the file's name: %q", a.header.Get("Content-Disposition"))
	}
}

func TestPage(t *testing.T) {
	front := start(t, newBackend(), built)
	for _, c := range []struct{ path, cache, body string }{
		{"/", "no-cache", "the page"},
		{"/anything/else", "no-cache", "the page"},
		{"/docs", "no-cache", "the docs"},
		{"/favicon.svg", "no-cache", "<svg/>"},
		{"/assets/index-abc.js", "public, max-age=31536000, immutable", "export {}"},
	} {
		a := do(t, front, "GET", c.path, nil)
		if a.status != 200 || !strings.Contains(string(a.body), c.body) || a.header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d %s %q", c.path, a.status, a.body, a.header.Get("Cache-Control"))
		}
	}
	if a := do(t, front, "GET", "/assets/index-old.js", nil); a.status != 404 || a.failure(t).Reason != "NOT_FOUND" {
		t.Errorf("an asset of an older build: %d %s", a.status, a.body)
	}
	if a := do(t, front, "POST", "/", nil); a.status != 405 {
		t.Errorf("POST /: %d", a.status)
	}
	if a := do(t, front, "GET", "/healthz", nil); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
	if a := do(t, front, "GET", "/readyz", nil); a.status != 503 || bytes.Contains(a.body, []byte("10.1.2.3")) {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
	do(t, front, "GET", "/v1/me", nil)
	if a := do(t, front, "GET", "/metrics", nil); !bytes.Contains(a.body, []byte(`baoxue_http_seconds_count{kind="api",method="GET",status="200"} 1`)) {
		t.Errorf("metrics: %s", a.body)
	}
}

func TestMissingBundle(t *testing.T) {
	front := start(t, newBackend(), fstest.MapFS{".gitkeep": {}})
	for _, path := range []string{"/", "/docs", "/.gitkeep"} {
		if a := do(t, front, "GET", path, nil); a.status != 503 || strings.Count(string(a.body), "\n") != 1 || !strings.Contains(string(a.body), "make web") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	front := start(t, newBackend(), built)
	for _, path := range []string{"/", "/docs", "/assets/index-abc.js", "/v1/me", "/v1/nothing", "/openapi.json", "/healthz"} {
		h := do(t, front, "GET", path, nil).header
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'; script-src 'self'; style-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if strings.Contains(policy, "'unsafe-inline'") != (path == "/docs") {
			t.Errorf("%s: inline styles in %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, h)
		}
		if strings.HasPrefix(path, "/v1/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached: %q", path, h.Get("Cache-Control"))
		}
	}
}

func TestOpenAPI(t *testing.T) {
	front := start(t, newBackend(), built)
	var doc struct {
		Info                struct{ Title string }
		Paths               map[string]map[string]struct{ Security []any }
		SecurityDefinitions map[string]any
		Security            []any
	}
	if err := json.Unmarshal(do(t, front, "GET", "/openapi.json", nil).body, &doc); err != nil {
		t.Fatal(err)
	}
	for path, method := range map[string]string{
		"/v1/audit/{service}/records": "get", "/v1/audit/{service}/records.jsonl": "get",
		"/v1/audit/{service}/records.xlsx": "get",
		"/v1/imports":                      "post", "/v1/exports/entries.xlsx": "get", "/v1/months/{month}/bulletin.xlsx": "get", "/v1/entries": "get",
		"/v1/worklist.xlsx": "get", "/v1/findings:batch": "post", "/v1/findings/chain.jsonl": "get", "/v1/findingBatches/{id}/marked.xlsx": "get",
	} {
		if _, ok := doc.Paths[path][method]; !ok {
			t.Errorf("lacks %s %s", method, path)
		}
	}
	if doc.Info.Title == "" || doc.SecurityDefinitions["bearer"] == nil || len(doc.Security) != 1 {
		t.Errorf("%+v", doc)
	}
	if s := doc.Paths["/v1/auth:login"]["post"].Security; s == nil || len(s) != 0 {
		t.Errorf("login asks for a token: %v", s)
	}
}
