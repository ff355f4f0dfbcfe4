// Package server translates between the contract and the use cases; it holds no
// rule.
package server

import (
	"context"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

func scopeFrom(ctx context.Context) app.Scope {
	id := rpc.IdentityFrom(ctx)
	levels := map[commonv1.Level]string{
		commonv1.Level_LEVEL_PROVINCE: domain.LevelProvince, commonv1.Level_LEVEL_CITY: domain.LevelCity,
		commonv1.Level_LEVEL_COUNTY: domain.LevelCounty,
	}
	if level, ok := levels[id.Level]; ok {
		return app.Scope{Level: level, Region: id.Region}
	}
	return app.ScopeOf(id.Region)
}

// Months implements MonthService.
type Months struct {
	reportingv1.UnimplementedMonthServiceServer
	Closing app.Closing
	Show    app.Show
	Cells   app.Cells
	Rerun   app.Rerun
	Rebuild app.Rebuild
	Issuing app.Issuing
	// Audit records a download before it begins.
	Audit func(context.Context, audit.Record) error
}

// CloseMonth implements MonthService.
func (s *Months) CloseMonth(ctx context.Context, req *reportingv1.CloseMonthRequest) (*reportingv1.CloseMonthResponse, error) {
	snapshot, err := s.Closing.Close(ctx, req.GetMonth(), rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.CloseMonthResponse{Snapshot: snapshotProto(snapshot)}
	for i := range snapshot.Rows {
		if r := &snapshot.Rows[i]; r.Region == domain.Province && r.Source == domain.AllSources {
			resp.Total = rowProto(r)
		}
	}
	return resp, nil
}

// GetClosing implements MonthService.
func (s *Months) GetClosing(ctx context.Context, req *reportingv1.GetClosingRequest) (*reportingv1.GetClosingResponse, error) {
	run, err := s.Closing.Run(ctx, req.GetMonth())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetClosingResponse{Closing: &reportingv1.Closing{
		Month: run.Month.String(), Step: reportingv1.Closing_Step(reportingv1.Closing_Step_value[string(run.Step)]), Author: run.Author,
		StartTime: timestamppb.New(run.StartedAt), UpdateTime: timestamppb.New(run.UpdatedAt), Reason: run.Reason, Message: run.Message,
	}}, nil
}

// ListMonths implements MonthService.
func (s *Months) ListMonths(ctx context.Context, _ *reportingv1.ListMonthsRequest) (*reportingv1.ListMonthsResponse, error) {
	snapshots, err := s.Show.Store.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListMonthsResponse{}
	for _, snapshot := range snapshots {
		resp.Snapshots = append(resp.Snapshots, snapshotProto(snapshot))
	}
	return resp, nil
}

// GetMonth implements MonthService.
func (s *Months) GetMonth(ctx context.Context, req *reportingv1.GetMonthRequest) (*reportingv1.GetMonthResponse, error) {
	snapshot, err := s.Show.Month(ctx, scopeFrom(ctx), req.GetMonth(), req.GetRegion())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetMonthResponse{Snapshot: snapshotProto(snapshot), Rows: rowsProto(snapshot.Rows)}, nil
}

// GetBulletinWorkbook implements MonthService.
func (s *Months) GetBulletinWorkbook(req *reportingv1.GetBulletinWorkbookRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	snapshot, err := s.Show.Month(ctx, scopeFrom(ctx), req.GetMonth(), "")
	if err != nil {
		return err
	}
	issue, content, err := s.Issuing.ViewWorkbook(ctx, req.GetMonth(), int(req.GetVersion()))
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, downloaded(snapshot, issue.Version)); err != nil {
		return err
	}
	return send(stream, content)
}

// GetBulletinPage implements MonthService.
func (s *Months) GetBulletinPage(ctx context.Context, req *reportingv1.GetBulletinPageRequest) (*reportingv1.GetBulletinPageResponse, error) {
	issue, page, err := s.Issuing.ViewPage(ctx, req.GetMonth(), int(req.GetVersion()))
	if err != nil {
		return nil, err
	}
	if err := s.Audit(ctx, printed(issue)); err != nil {
		return nil, err
	}
	return &reportingv1.GetBulletinPageResponse{Page: &httpbody.HttpBody{ContentType: "text/html; charset=utf-8", Data: page}}, nil
}

// GetBulletinDocument implements MonthService.
func (s *Months) GetBulletinDocument(ctx context.Context, req *reportingv1.GetBulletinDocumentRequest) (*reportingv1.GetBulletinDocumentResponse, error) {
	issue, content, err := s.Issuing.ViewWord(ctx, req.GetMonth(), int(req.GetVersion()))
	if err != nil {
		return nil, err
	}
	if err := s.Audit(ctx, printed(issue)); err != nil {
		return nil, err
	}
	return &reportingv1.GetBulletinDocumentResponse{Document: &httpbody.HttpBody{ContentType: documentType, Data: content}}, nil
}

const documentType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// Progress implements ProgressService.
type Progress struct {
	reportingv1.UnimplementedProgressServiceServer
	Show app.Show
}

// GetProgress implements ProgressService.
func (s *Progress) GetProgress(ctx context.Context, req *reportingv1.GetProgressRequest) (*reportingv1.GetProgressResponse, error) {
	rows, newest, err := s.Show.Progress(ctx, scopeFrom(ctx), req.GetRegion())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetProgressResponse{Rows: rowsProto(rows), UpdateTime: timestamppb.New(newest)}, nil
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// chunk of a download; a message's overhead is small beside it.
const chunk = 64 << 10

// send passes a workbook on in chunks.
func send(stream grpc.ServerStreamingServer[httpbody.HttpBody], content []byte) error {
	w := newChunks(stream, workbookType)
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.flush()
}

func newChunks(stream grpc.ServerStreamingServer[httpbody.HttpBody], contentType string) *chunkWriter {
	return &chunkWriter{stream: stream, contentType: contentType, buffer: make([]byte, 0, chunk)}
}

type chunkWriter struct {
	stream      grpc.ServerStreamingServer[httpbody.HttpBody]
	contentType string
	buffer      []byte
}

// Write implements io.Writer.
func (w *chunkWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		free := min(cap(w.buffer)-len(w.buffer), len(p)-n)
		w.buffer = append(w.buffer, p[n:n+free]...)
		n += free
		if len(w.buffer) == cap(w.buffer) {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (w *chunkWriter) flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	body := &httpbody.HttpBody{ContentType: w.contentType, Data: w.buffer}
	// The message is encoded before Send returns: the buffer is free again.
	err := w.stream.Send(body)
	w.buffer = w.buffer[:0]
	return err
}

func snapshotProto(s app.Snapshot) *reportingv1.Snapshot {
	return &reportingv1.Snapshot{
		Month: s.Month.String(), State: reportingv1.Snapshot_State(reportingv1.Snapshot_State_value[string(s.State)]),
		Number: int32(s.Number), CutoffTime: timestamppb.New(s.Cutoff), Digest: s.Digest, StreamSequence: s.Sequence,
		CreateTime: timestamppb.New(s.CreatedAt), Author: s.Author, Definitions: int32(s.Definitions),
	}
}

func rowsProto(rows []domain.Row) []*reportingv1.FigureRow {
	protos := make([]*reportingv1.FigureRow, len(rows))
	for i := range rows {
		protos[i] = rowProto(&rows[i])
	}
	return protos
}

func rowProto(r *domain.Row) *reportingv1.FigureRow {
	// A province's children fit into 31 bits, and a JSON number is what a page
	// can add up.
	rate := func(key string) string {
		f, _ := domain.FigureOf(key)
		return f.Rate(r)
	}
	p := &reportingv1.FigureRow{
		RegionCode: r.Region.Code, RegionName: r.Region.Name, RegionLevel: r.Region.Level, ParentCode: r.Region.Parent,
		AllSources: r.Source == domain.AllSources, Total: int32(r.Total), Pending: int32(r.Pending),
		Unconfirmed: int32(r.Unconfirmed), ByCode: make(map[string]int32, len(r.ByCode)), ATotal: int32(r.A), BTotal: int32(r.B),
		VerifiedRate: rate("verifiedRate"), Added: int32(r.Added), Changed: int32(r.Changed), Rank: int32(r.Rank),
		ReturnedRate: rate("returnedRate"), Returned: int32(r.Returned), EverA: int32(r.EverA),
		Closed: int32(r.Closed), ClosedRate: rate("closedRate"), GivenBack: int32(r.GivenBack), DutyOpen: int32(r.DutyOpen),
		Overdue: int32(r.Overdue), Late: int32(r.Late), Verified: int32(r.A + r.B), BShare: rate("bShare"),
	}
	for code, n := range r.ByCode {
		p.ByCode[code] = int32(n)
	}
	if !p.GetAllSources() {
		p.Source = ledgerv1.Source(r.Source)
	}
	return p
}
