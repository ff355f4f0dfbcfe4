package server

import (
	"context"
	"io"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// Exports implements ExportService.
type Exports struct {
	reportingv1.UnimplementedExportServiceServer
	// Findings are those of an export in full, Masked those of any other.
	Findings, Masked app.Findings
	// Entries opens the stream of entries in the caller's name; with a reason in full.
	Entries func(ctx context.Context, filter *ledgerv1.EntryFilter, reason string) (app.EntryStream, error)
	// Workbook and CSV start a file.
	Workbook, CSV func(w io.Writer, layout app.Layout) (app.Sheet, error)
	// Audit records an export before anything of it leaves, and how much left.
	Audit func(context.Context, audit.Record) error
}

const csvType = "text/csv; charset=utf-8"

// ExportEntries implements ExportService: each line leaves as soon as it is there.
func (s *Exports) ExportEntries(req *reportingv1.ExportEntriesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx, layout := stream.Context(), app.WorkLayout
	if req.GetLayout() == reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY {
		layout = app.MinistryLayout
	}
	if err := app.CheckLayout(scopeFrom(ctx), layout, req.GetReason()); err != nil {
		return err
	}
	entries, err := s.Entries(ctx, req.GetFilter(), req.GetReason())
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, exporting(req)); err != nil {
		return err
	}
	start, contentType, findings := s.Workbook, workbookType, s.Masked
	if req.GetFormat() == reportingv1.ExportFormat_EXPORT_FORMAT_CSV {
		start, contentType = s.CSV, csvType
	}
	if req.GetReason() != "" {
		findings = s.Findings
	}
	out := newChunks(stream, contentType)
	sheet, err := start(out, layout)
	if err != nil {
		return err
	}
	filled, err := app.Export{Findings: findings}.Fill(ctx, entries, sheet)
	if err != nil {
		return err
	}
	if err := sheet.Close(); err != nil {
		return err
	}
	if err := s.Audit(ctx, exported(filled)); err != nil {
		return err
	}
	return out.flush()
}
