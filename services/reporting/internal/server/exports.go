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
	"baoxue.internal/services/reporting/internal/domain"
)

// Exports implements ExportService.
type Exports struct {
	reportingv1.UnimplementedExportServiceServer
	// Findings are those of an export in full, Masked those of any other.
	Findings, Masked app.Findings
	// Entries opens the stream of entries in the caller's name; with a reason in full.
	Entries func(ctx context.Context, filter *ledgerv1.EntryFilter, reason string) (app.EntryStream, error)
	// Workbook and CSV start a file.
	Workbook, CSV func(w io.Writer, layout domain.Layout, words app.Words) (app.Sheet, error)
	// Words are what a file's codes are called.
	Words func(context.Context) (app.Words, error)
	// Audit records an export before anything of it leaves, and how much left.
	Audit func(context.Context, audit.Record) error
}

const csvType = "text/csv; charset=utf-8"

// ExportEntries implements ExportService: each line leaves as soon as it is there.
func (s *Exports) ExportEntries(req *reportingv1.ExportEntriesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx, layout := stream.Context(), layoutOf(req.GetLayout())
	if err := app.CheckLayout(scopeFrom(ctx), layout, req.GetReason()); err != nil {
		return err
	}
	if err := s.Audit(ctx, exporting(req)); err != nil {
		return err
	}
	making, err := s.making(req)(ctx)
	if err != nil {
		return err
	}
	out := newChunks(stream, contentTypes[formatOf(req.GetFormat())])
	sheet, err := making.Start(out, layout)
	if err != nil {
		return err
	}
	filled, err := app.Export{Findings: making.Findings}.Fill(ctx, making.Entries, sheet)
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

var contentTypes = map[domain.ExportFormat]string{domain.XLSX: workbookType, domain.CSV: csvType}

func formatOf(f reportingv1.ExportFormat) domain.ExportFormat {
	if f == reportingv1.ExportFormat_EXPORT_FORMAT_CSV {
		return domain.CSV
	}
	return domain.XLSX
}

func layoutOf(l reportingv1.ExportLayout) domain.Layout {
	if l == reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY {
		return domain.MinistryLayout
	}
	return domain.WorkLayout
}

// making is how a file is made of what was asked for, in the name of the context's caller.
func (s *Exports) making(req *reportingv1.ExportEntriesRequest) func(context.Context) (app.Making, error) {
	return func(ctx context.Context) (app.Making, error) {
		words, err := s.Words(ctx)
		if err != nil {
			return app.Making{}, err
		}
		file := s.Workbook
		if formatOf(req.GetFormat()) == domain.CSV {
			file = s.CSV
		}
		findings := s.Masked
		if req.GetReason() != "" {
			findings = s.Findings
		}
		entries, err := s.Entries(ctx, req.GetFilter(), req.GetReason())
		return app.Making{
			Entries: entries, Findings: findings,
			Start: func(w io.Writer, layout domain.Layout) (app.Sheet, error) { return file(w, layout, words) },
		}, err
	}
}
