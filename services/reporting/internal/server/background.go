package server

import (
	"context"
	"slices"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Background implements BackgroundExportService.
type Background struct {
	reportingv1.UnimplementedBackgroundExportServiceServer
	UseCase *app.Background
	Exports *Exports
	// Count tells how many entries a filter selects, in the caller's name.
	Count func(context.Context, *ledgerv1.EntryFilter) (int64, error)
}

func ownerFrom(ctx context.Context) app.Owner {
	id := rpc.IdentityFrom(ctx)
	return app.Owner{ID: id.Subject, Region: id.Region}
}

// mayReveal is the ledger's own rule of who may see what is masked.
func mayReveal(ctx context.Context) bool {
	roles := rpc.IdentityFrom(ctx).Roles
	return slices.Contains(roles, commonv1.Role_ROLE_CLERK) || slices.Contains(roles, commonv1.Role_ROLE_REVIEWER)
}

// CreateExport implements BackgroundExportService.
func (s *Background) CreateExport(ctx context.Context, req *reportingv1.CreateExportRequest) (*reportingv1.CreateExportResponse, error) {
	asked := &reportingv1.ExportEntriesRequest{Filter: req.GetFilter(), Format: req.GetFormat(), Layout: req.GetLayout(), Reason: req.GetReason()}
	layout := layoutOf(req.GetLayout())
	if err := app.CheckLayout(scopeFrom(ctx), layout, req.GetReason()); err != nil {
		return nil, err
	}
	if req.GetReason() != "" && !mayReveal(ctx) {
		return nil, fault.New(fault.Denied, "PERMISSION_DENIED", "只有经办和审核人员可以导出完整信息")
	}
	total, err := s.Count(ctx, req.GetFilter())
	if err != nil {
		return nil, err
	}
	if err := s.Exports.Audit(ctx, exporting(asked)); err != nil {
		return nil, err
	}
	owner := ownerFrom(ctx)
	e, err := s.UseCase.Begin(ctx, domain.Export{
		AuthorID: owner.ID, Region: owner.Region, Format: formatOf(req.GetFormat()), Layout: layout, InFull: req.GetReason() != "", Total: total,
	}, s.Exports.making(asked))
	if err != nil {
		return nil, err
	}
	return &reportingv1.CreateExportResponse{Export: exportProto(e)}, nil
}

// ListExports implements BackgroundExportService.
func (s *Background) ListExports(ctx context.Context, _ *reportingv1.ListExportsRequest) (*reportingv1.ListExportsResponse, error) {
	exports, err := s.UseCase.List(ctx, ownerFrom(ctx))
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListExportsResponse{}
	for _, e := range exports {
		resp.Exports = append(resp.Exports, exportProto(e))
	}
	return resp, nil
}

// GetExport implements BackgroundExportService.
func (s *Background) GetExport(ctx context.Context, req *reportingv1.GetExportRequest) (*reportingv1.GetExportResponse, error) {
	e, err := s.UseCase.Get(ctx, ownerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetExportResponse{Export: exportProto(e)}, nil
}

// CancelExport implements BackgroundExportService.
func (s *Background) CancelExport(ctx context.Context, req *reportingv1.CancelExportRequest) (*reportingv1.CancelExportResponse, error) {
	e, err := s.UseCase.Cancel(ctx, ownerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &reportingv1.CancelExportResponse{Export: exportProto(e)}, nil
}

// DownloadExport implements BackgroundExportService.
func (s *Background) DownloadExport(req *reportingv1.DownloadExportRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	e, err := s.UseCase.Get(ctx, ownerFrom(ctx), req.GetId())
	if err != nil {
		return err
	}
	out := newChunks(stream, contentTypes[e.Format])
	if err := s.UseCase.Download(ctx, ownerFrom(ctx), req.GetId(), mayReveal(ctx), out); err != nil {
		return err
	}
	return out.flush()
}

var (
	exportStates = map[domain.ExportState]reportingv1.ExportState{
		domain.ExportRunning: reportingv1.ExportState_EXPORT_RUNNING, domain.ExportReady: reportingv1.ExportState_EXPORT_READY,
		domain.ExportFailed: reportingv1.ExportState_EXPORT_FAILED, domain.ExportCancelled: reportingv1.ExportState_EXPORT_CANCELLED,
	}
	exportFormats = map[domain.ExportFormat]reportingv1.ExportFormat{
		domain.XLSX: reportingv1.ExportFormat_EXPORT_FORMAT_XLSX, domain.CSV: reportingv1.ExportFormat_EXPORT_FORMAT_CSV,
	}
	exportLayouts = map[domain.Layout]reportingv1.ExportLayout{
		domain.WorkLayout: reportingv1.ExportLayout_EXPORT_LAYOUT_WORK, domain.MinistryLayout: reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY,
	}
)

func exportProto(e domain.Export) *reportingv1.Export {
	return &reportingv1.Export{
		Id: e.ID, State: exportStates[e.State], Format: exportFormats[e.Format], Layout: exportLayouts[e.Layout], InFull: e.InFull,
		Entries: int32(e.Entries), Total: int32(e.Total), SizeBytes: e.Size, Problem: e.Problem,
		CreateTime: timestamppb.New(e.CreatedAt), ExpireTime: timestamppb.New(e.ExpiresAt),
	}
}
