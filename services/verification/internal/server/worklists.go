package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
)

// maxWorklist bounds an uploaded worklist, in bytes.
const maxWorklist = 16 << 20

// Worklists implements WorklistService.
type Worklists struct {
	verificationv1.UnimplementedWorklistServiceServer
	UseCase app.Batches
	// Source are the children that a filter selects, in the caller's name.
	Source func(filter *ledgerv1.EntryFilter, reason string) app.WorklistSource
	// TempDir receives uploads while they are read.
	TempDir string
}

// ExportWorklist implements WorklistService.
func (s *Worklists) ExportWorklist(req *verificationv1.ExportWorklistRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	filter := req.GetFilter()
	if filter == nil {
		filter = &ledgerv1.EntryFilter{}
	}
	if filter.GetTab() == ledgerv1.Tab_TAB_UNSPECIFIED {
		filter.Tab = ledgerv1.Tab_TAB_PENDING
	}
	// The province records findings for its own queue only.
	if authorFrom(ctx).Province {
		filter.Region = "none"
	}
	return sent(stream, func(to io.Writer) error { return s.UseCase.Export(ctx, s.Source(filter, req.GetReason()), to) })
}

// CreateFindingBatch implements WorklistService.
func (s *Worklists) CreateFindingBatch(stream grpc.ClientStreamingServer[verificationv1.CreateFindingBatchRequest, verificationv1.CreateFindingBatchResponse]) (err error) {
	file, err := os.CreateTemp(s.TempDir, "worklist-*.xlsx")
	if err != nil {
		return fmt.Errorf("receiving a worklist: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	if err := errors.Join(receive(stream, file), file.Close()); err != nil {
		return err
	}
	ctx := stream.Context()
	b, err := s.UseCase.Create(ctx, authorFrom(ctx), file.Name())
	if err != nil {
		return err
	}
	return stream.SendAndClose(&verificationv1.CreateFindingBatchResponse{Batch: batchProto(b)})
}

func receive(stream grpc.ClientStreamingServer[verificationv1.CreateFindingBatchRequest, verificationv1.CreateFindingBatchResponse], to io.Writer) error {
	for size := 0; ; {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if size += len(req.GetChunk()); size > maxWorklist {
			return fault.Newf(fault.Invalid, "FILE_TOO_LARGE", "文件超过 %d MB，请拆分后分别上传", maxWorklist>>20)
		}
		if _, err := to.Write(req.GetChunk()); err != nil {
			return fmt.Errorf("receiving a worklist: %w", err)
		}
	}
}

// GetFindingBatch implements WorklistService. A page token is the last row.
func (s *Worklists) GetFindingBatch(ctx context.Context, req *verificationv1.GetFindingBatchRequest) (*verificationv1.GetFindingBatchResponse, error) {
	b, err := s.UseCase.Get(ctx, authorFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	after := 0
	if req.GetPageToken() != "" {
		if after, err = strconv.Atoi(req.GetPageToken()); err != nil {
			return nil, err
		}
	}
	most := int(req.GetPageSize())
	if most == 0 {
		most = 50
	}
	resp := &verificationv1.GetFindingBatchResponse{Batch: batchProto(b)}
	for _, v := range b.Verdicts {
		row := b.List.Rows[v.Row]
		if row.Number <= after {
			continue
		}
		if len(resp.GetRows()) == most {
			resp.NextPageToken = strconv.Itoa(int(resp.GetRows()[most-1].GetRow()))
			break
		}
		p := &verificationv1.FindingBatchRow{Row: int32(row.Number), EntryId: row.EntryID, State: verificationv1.BatchRowState(v.State)}
		for _, problem := range v.Problems {
			p.Problems = append(p.Problems, &verificationv1.FindingBatchProblem{Column: problem.Column, Reason: problem.Reason, Message: problem.Message})
		}
		resp.Rows = append(resp.Rows, p)
	}
	return resp, nil
}

// SaveFindingBatch implements WorklistService.
func (s *Worklists) SaveFindingBatch(ctx context.Context, req *verificationv1.SaveFindingBatchRequest) (*verificationv1.SaveFindingBatchResponse, error) {
	b, err := s.UseCase.Save(ctx, authorFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &verificationv1.SaveFindingBatchResponse{Batch: batchProto(b)}, nil
}

// ExportMarkedWorklist implements WorklistService.
func (s *Worklists) ExportMarkedWorklist(req *verificationv1.ExportMarkedWorklistRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	return sent(stream, func(to io.Writer) error { return s.UseCase.Marked(ctx, authorFrom(ctx), req.GetId(), to) })
}

// sent streams what is written, in pieces.
func sent(stream grpc.ServerStreamingServer[httpbody.HttpBody], write func(io.Writer) error) error {
	out := bufio.NewWriterSize(piecewise{stream}, pieceSize)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

// piecewise sends each write as messages far below the transport's limit.
type piecewise struct {
	stream grpc.ServerStreamingServer[httpbody.HttpBody]
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Write implements io.Writer.
func (p piecewise) Write(data []byte) (written int, err error) {
	for written < len(data) {
		piece := data[written:min(written+pieceSize, len(data))]
		if err := p.stream.Send(&httpbody.HttpBody{ContentType: workbookType, Data: piece}); err != nil {
			return written, err
		}
		written += len(piece)
	}
	return written, nil
}

func batchProto(b app.Batch) *verificationv1.FindingBatch {
	return &verificationv1.FindingBatch{
		Id: b.ID, CreateTime: timestamppb.New(b.At), Filled: int32(len(b.Verdicts)), Ready: int32(b.Count(app.RowReady)),
		Bad: int32(b.Count(app.RowBad)), Saved: int32(b.Count(app.RowSaved)),
	}
}
