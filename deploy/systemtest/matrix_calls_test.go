package systemtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
)

type bearerKey struct{}

func bearer(ctx context.Context) string {
	raw, _ := ctx.Value(bearerKey{}).(string)
	return raw
}

// overGRPC makes any call with one message and returns its error. An answer that streams
// is asked for its first message.
func (m *matrix) overGRPC(t *testing.T, call protoreflect.MethodDescriptor, raw string, request proto.Message) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithValue(testkit.Context(t), bearerKey{}, raw))
	defer cancel()
	method := "/" + string(call.Parent().FullName()) + "/" + string(call.Name())
	conn, answer := m.conns[serving(call)], dynamicpb.NewMessage(call.Output())
	if !call.IsStreamingClient() && !call.IsStreamingServer() {
		return conn.Invoke(ctx, method, request, answer)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: call.IsStreamingClient(), ServerStreams: call.IsStreamingServer()}, method)
	if err != nil {
		return rpc.FaultFromError(err)
	}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return rpc.FaultFromError(err)
	}
	if err := stream.CloseSend(); err != nil {
		return rpc.FaultFromError(err)
	}
	if err := stream.RecvMsg(answer); err != nil && !errors.Is(err, io.EOF) {
		return rpc.FaultFromError(err)
	}
	return nil
}

// What stands for a parameter is sound for a number too: the gateway reads it before
// anybody asks who is calling.
var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// byHand are the places of the methods that stream, or print, which the gateway serves by hand.
var byHand = map[protoreflect.FullName][2]string{
	"baoxue.ledger.v1.ImportService.CreateImport":                   {http.MethodPost, "/v1/imports"},
	"baoxue.ledger.v1.ImportService.ExportImportIssues":             {http.MethodGet, "/v1/imports/x/issues.xlsx"},
	"baoxue.reporting.v1.ExportService.ExportEntries":               {http.MethodGet, "/v1/exports/entries.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportList":              {http.MethodGet, "/v1/exports/orders.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportUsers":             {http.MethodGet, "/v1/exports/users.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportRegions":           {http.MethodGet, "/v1/exports/regions.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportRegionChanges":     {http.MethodGet, "/v1/exports/region-changes.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportWebhooks":          {http.MethodGet, "/v1/exports/webhooks.xlsx"},
	"baoxue.reporting.v1.ListExportService.ExportAuditRecords":      {http.MethodGet, "/v1/audit/ledger/records.xlsx"},
	"baoxue.reporting.v1.BackgroundExportService.DownloadExport":    {http.MethodGet, "/v1/exports/x/file"},
	"baoxue.reporting.v1.MonthService.GetBulletinWorkbook":          {http.MethodGet, "/v1/months/2019-07/bulletin.xlsx"},
	"baoxue.verification.v1.EvidenceService.AddEvidence":            {http.MethodPost, "/v1/entries/x/evidence"},
	"baoxue.verification.v1.EvidenceService.GetEvidence":            {http.MethodGet, "/v1/entries/x/evidence/x"},
	"baoxue.verification.v1.NoticeService.GetReturnNotice":          {http.MethodGet, "/v1/entries/x/return-notice.html"},
	"baoxue.verification.v1.FindingChainService.ExportFindingChain": {http.MethodGet, "/v1/findings/chain.jsonl"},
	"baoxue.verification.v1.WorklistService.ExportWorklist":         {http.MethodGet, "/v1/worklist.xlsx"},
	"baoxue.verification.v1.WorklistService.CreateFindingBatch":     {http.MethodPost, "/v1/findings:batch"},
	"baoxue.verification.v1.WorklistService.ExportMarkedWorklist":   {http.MethodGet, "/v1/findingBatches/x/marked.xlsx"},
	"baoxue.audit.v1.AuditService.SearchRecords":                    {http.MethodGet, "/v1/audit/ledger/records"},
	"baoxue.audit.v1.AuditService.ExportRecords":                    {http.MethodGet, "/v1/audit/ledger/records.jsonl"},
	"baoxue.reporting.v1.MonthService.GetClosing":                   {http.MethodGet, "/v1/months/2019-07/closing"},
	"baoxue.reporting.v1.MonthService.GetBulletinDocument":          {http.MethodGet, "/v1/months/2019-07/bulletin.docx"},
	"baoxue.reporting.v1.MonthService.GetBulletinPage":              {http.MethodGet, "/v1/months/2019-07/bulletin.html"},
}

// restOf is a method's place in the REST interface.
func restOf(m protoreflect.MethodDescriptor) (method, path string, ok bool) {
	if place, ok := byHand[m.FullName()]; ok {
		return place[0], place[1], true
	}
	h, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if method, path, ok = pattern(h); !ok {
		return "", "", false
	}
	return method, pathParameter.ReplaceAllString(path, "1"), true
}

func (m *matrix) overREST(t *testing.T, method, path, raw string) error {
	t.Helper()
	c := overREST{t: t, base: m.system.http, token: raw}
	var body io.Reader
	contentType := "application/json"
	switch {
	case method == http.MethodPost && (path == "/v1/imports" || strings.HasSuffix(path, "/evidence") || path == "/v1/findings:batch"):
		contentType = "multipart/form-data; boundary=x"
		body = strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nx\r\n--x--\r\n")
	case method != http.MethodGet:
		body = strings.NewReader("{}")
	}
	_, err := c.do(method, path, contentType, body)
	return err
}
