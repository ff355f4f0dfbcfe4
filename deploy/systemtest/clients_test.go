package systemtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// api is what the main job needs, over one transport and as one user. Errors are
// faults.
type api interface {
	importFile(name string, content []byte) *ledgerv1.Import
	list(*ledgerv1.ListEntriesRequest) *ledgerv1.ListEntriesResponse
	counts() *ledgerv1.CountEntriesResponse
	get(id string) error
	submit(*verificationv1.SubmitFindingRequest) (*verificationv1.Finding, error)
	export() []byte
	closeMonth(month string) (*reportingv1.CloseMonthResponse, error)
	month(month string) *reportingv1.GetMonthResponse
	bulletin(month string) []byte
}

// workingAway is a finding of a child who works instead of learning.
func workingAway(entry *ledgerv1.Entry) *verificationv1.SubmitFindingRequest {
	return &verificationv1.SubmitFindingRequest{
		EntryId: entry.GetId(), RequestId: uuid.NewString(), Form: &verificationv1.SubmitFindingRequest_Dropout{Dropout: &verificationv1.DropoutFinding{
			Code: "A1", Witness: "王老师", WitnessDate: time.Now().Format(time.DateOnly), Explanation: "外出务工",
		}},
	}
}

func (s *system) login(t *testing.T, user string) string {
	t.Helper()
	conn := s.connect(t, "regionauth", rpc.Anonymous)
	resp, err := authv1.NewAuthServiceClient(conn).Login(testkit.Context(t), &authv1.LoginRequest{Username: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetAccessToken()
}

func (s *system) dial(t *testing.T, service, user string) *grpc.ClientConn {
	t.Helper()
	token := s.login(t, user)
	return s.connect(t, service, func(context.Context) (string, error) { return token, nil })
}

// ── gRPC ──

type overGRPC struct {
	t                               *testing.T
	ledger, verification, reporting *grpc.ClientConn
}

func (s *system) overGRPC(t *testing.T, user string) api {
	return overGRPC{t, s.dial(t, "ledger", user), s.dial(t, "verification", user), s.dial(t, "reporting", user)}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (c overGRPC) importFile(name string, content []byte) *ledgerv1.Import {
	c.t.Helper()
	ctx, client := testkit.Context(c.t), ledgerv1.NewImportServiceClient(c.ledger)
	stream := must[grpc.ClientStreamingClient[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse]](c.t)(client.CreateImport(ctx))
	requests := []*ledgerv1.CreateImportRequest{{Part: &ledgerv1.CreateImportRequest_Filename{Filename: name}}}
	for rest := content; len(rest) > 0; {
		n := min(256<<10, len(rest))
		requests = append(requests, &ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Chunk{Chunk: rest[:n]}})
		rest = rest[n:]
	}
	for _, r := range requests {
		if err := stream.Send(r); err != nil {
			c.t.Fatal(err)
		}
	}
	id := must[*ledgerv1.CreateImportResponse](c.t)(stream.CloseAndRecv()).GetImport().GetId()
	return finished(c.t, func() *ledgerv1.Import {
		return must[*ledgerv1.GetImportResponse](c.t)(client.GetImport(ctx, &ledgerv1.GetImportRequest{Id: id})).GetImport()
	})
}

// finished asks until the import is over.
func finished(t *testing.T, get func() *ledgerv1.Import) *ledgerv1.Import {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := testkit.Context(t); ; {
		if i := get(); i.GetState() != ledgerv1.Import_RUNNING {
			return i
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the import does not end")
		}
	}
}

func (c overGRPC) list(req *ledgerv1.ListEntriesRequest) *ledgerv1.ListEntriesResponse {
	c.t.Helper()
	return must[*ledgerv1.ListEntriesResponse](c.t)(ledgerv1.NewLedgerServiceClient(c.ledger).ListEntries(testkit.Context(c.t), req))
}

func (c overGRPC) counts() *ledgerv1.CountEntriesResponse {
	c.t.Helper()
	return must[*ledgerv1.CountEntriesResponse](c.t)(ledgerv1.NewLedgerServiceClient(c.ledger).CountEntries(testkit.Context(c.t), &ledgerv1.CountEntriesRequest{}))
}

func (c overGRPC) get(id string) error {
	_, err := ledgerv1.NewLedgerServiceClient(c.ledger).GetEntry(testkit.Context(c.t), &ledgerv1.GetEntryRequest{Id: id})
	return err
}

func (c overGRPC) submit(req *verificationv1.SubmitFindingRequest) (*verificationv1.Finding, error) {
	resp, err := verificationv1.NewFindingServiceClient(c.verification).SubmitFinding(testkit.Context(c.t), req)
	return resp.GetFinding(), err
}

func (c overGRPC) export() []byte {
	c.t.Helper()
	stream, err := reportingv1.NewExportServiceClient(c.reporting).ExportEntries(testkit.Context(c.t), &reportingv1.ExportEntriesRequest{})
	return c.download(stream, err)
}

func (c overGRPC) bulletin(month string) []byte {
	c.t.Helper()
	stream, err := reportingv1.NewMonthServiceClient(c.reporting).GetBulletinWorkbook(testkit.Context(c.t), &reportingv1.GetBulletinWorkbookRequest{Month: month})
	return c.download(stream, err)
}

func (c overGRPC) download(stream grpc.ServerStreamingClient[httpbody.HttpBody], err error) []byte {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	var content []byte
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content
		}
		if err != nil {
			c.t.Fatal(err)
		}
		content = append(content, piece.GetData()...)
	}
}

func (c overGRPC) closeMonth(month string) (*reportingv1.CloseMonthResponse, error) {
	return reportingv1.NewMonthServiceClient(c.reporting).CloseMonth(testkit.Context(c.t), &reportingv1.CloseMonthRequest{Month: month})
}

func (c overGRPC) month(month string) *reportingv1.GetMonthResponse {
	c.t.Helper()
	return must[*reportingv1.GetMonthResponse](c.t)(reportingv1.NewMonthServiceClient(c.reporting).GetMonth(testkit.Context(c.t), &reportingv1.GetMonthRequest{Month: month}))
}

// ── REST ──

type overREST struct {
	t           *testing.T
	base, token string
}

func (s *system) overREST(t *testing.T, user string) api {
	return overREST{t, s.http, s.login(t, user)}
}

// do sends a request and returns the body of a good answer, or a fault.
func (c overREST) do(method, path, contentType string, content io.Reader) ([]byte, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(testkit.Context(c.t), method, c.base+path, content)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return answer, nil
	}
	var problem struct {
		Message, Reason string
		FieldViolations []struct{ Field, Reason, Description string }
	}
	decode(c.t, bytes.NewReader(answer), &problem)
	f := fault.New(fault.Internal, problem.Reason, problem.Message)
	for _, v := range problem.FieldViolations {
		f.Violations = append(f.Violations, fault.Violation{Field: v.Field, Reason: v.Reason, Message: v.Description})
	}
	return nil, f
}

func (c overREST) into(m proto.Message, method, path string, content io.Reader) error {
	c.t.Helper()
	contentType := ""
	if content != nil {
		contentType = "application/json"
	}
	answer, err := c.do(method, path, contentType, content)
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(answer, m); err != nil {
		c.t.Fatalf("%s %s: %v\n%s", method, path, err, answer)
	}
	return nil
}

func (c overREST) ok(m proto.Message, path string) {
	c.t.Helper()
	if err := c.into(m, http.MethodGet, path, nil); err != nil {
		c.t.Fatal(err)
	}
}

func (c overREST) importFile(name string, content []byte) *ledgerv1.Import {
	c.t.Helper()
	id := c.startImport(name, content)
	return finished(c.t, func() *ledgerv1.Import { return c.getImport(id) })
}

// startImport sends a file as a browser does.
func (c overREST) startImport(name string, content []byte) (id string) {
	c.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part := must[io.Writer](c.t)(w.CreateFormFile("file", name))
	must[int](c.t)(part.Write(content))
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	answer := must[[]byte](c.t)(c.do(http.MethodPost, "/v1/imports", w.FormDataContentType(), &form))
	var created ledgerv1.Import
	if err := protojson.Unmarshal(answer, &created); err != nil {
		c.t.Fatal(err)
	}
	return created.GetId()
}

func (c overREST) getImport(id string) *ledgerv1.Import {
	c.t.Helper()
	var i ledgerv1.Import
	c.ok(&i, "/v1/imports/"+id)
	return &i
}

func (c overREST) list(req *ledgerv1.ListEntriesRequest) *ledgerv1.ListEntriesResponse {
	c.t.Helper()
	q := url.Values{}
	for name, value := range map[string]string{"name": req.GetName(), "idNumber": req.GetIdNumber(), "region": req.GetRegion(), "pageToken": req.GetPageToken()} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if req.GetTab() != 0 {
		q.Set("tab", map[ledgerv1.Tab]string{ledgerv1.Tab_TAB_PENDING: "PENDING", ledgerv1.Tab_TAB_HANDLED: "HANDLED"}[req.GetTab()])
	}
	if req.GetPageSize() != 0 {
		q.Set("pageSize", fmt.Sprint(req.GetPageSize()))
	}
	var resp ledgerv1.ListEntriesResponse
	c.ok(&resp, "/v1/entries?"+q.Encode())
	return &resp
}

func (c overREST) counts() *ledgerv1.CountEntriesResponse {
	c.t.Helper()
	var resp ledgerv1.CountEntriesResponse
	c.ok(&resp, "/v1/entries:counts")
	return &resp
}

func (c overREST) get(id string) error {
	return c.into(&ledgerv1.Entry{}, http.MethodGet, "/v1/entries/"+id, nil)
}

func (c overREST) submit(req *verificationv1.SubmitFindingRequest) (*verificationv1.Finding, error) {
	content := must[[]byte](c.t)(protojson.Marshal(req))
	var f verificationv1.Finding
	return &f, c.into(&f, http.MethodPost, "/v1/entries/"+req.GetEntryId()+"/findings", bytes.NewReader(content))
}

func (c overREST) export() []byte {
	c.t.Helper()
	return must[[]byte](c.t)(c.do(http.MethodGet, "/v1/exports/entries.xlsx", "", nil))
}

func (c overREST) bulletin(month string) []byte {
	c.t.Helper()
	return must[[]byte](c.t)(c.do(http.MethodGet, "/v1/months/"+month+"/bulletin.xlsx", "", nil))
}

func (c overREST) closeMonth(month string) (*reportingv1.CloseMonthResponse, error) {
	var resp reportingv1.CloseMonthResponse
	return &resp, c.into(&resp, http.MethodPost, "/v1/months/"+month+":close", bytes.NewReader([]byte("{}")))
}

func (c overREST) month(month string) *reportingv1.GetMonthResponse {
	c.t.Helper()
	var resp reportingv1.GetMonthResponse
	c.ok(&resp, "/v1/months/"+month)
	return &resp
}
