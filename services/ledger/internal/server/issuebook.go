package server

import (
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/workbook"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// downloadPiece is what one message carries; its overhead is small beside it.
const downloadPiece = 64 << 10

// ExportImportIssues implements ImportService.
func (s *Imports) ExportImportIssues(req *ledgerv1.ExportImportIssuesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	out := &download{stream: stream}
	if err := s.UseCase.Export(stream.Context(), req.GetId(), s.TempDir, workbook.NewWriter(out)); err != nil {
		return err
	}
	return out.flush()
}

// download sends what is written in pieces.
type download struct {
	stream grpc.ServerStreamingServer[httpbody.HttpBody]
	piece  []byte
}

func (d *download) Write(p []byte) (int, error) {
	d.piece = append(d.piece, p...)
	if len(d.piece) < downloadPiece {
		return len(p), nil
	}
	return len(p), d.flush()
}

func (d *download) flush() error {
	if len(d.piece) == 0 {
		return nil
	}
	// The piece is serialised before Send returns.
	err := d.stream.Send(&httpbody.HttpBody{ContentType: workbookType, Data: d.piece})
	d.piece = d.piece[:0]
	return err
}
