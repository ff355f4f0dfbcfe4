package server

import (
	"context"
	"encoding/hex"
	"errors"
	"io"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Evidence implements EvidenceService.
type Evidence struct {
	verificationv1.UnimplementedEvidenceServiceServer
	UseCase app.Evidence
}

// AddEvidence implements EvidenceService. Who may not add a file is told before it is
// read.
func (s *Evidence) AddEvidence(stream grpc.ClientStreamingServer[verificationv1.AddEvidenceRequest, verificationv1.AddEvidenceResponse]) error {
	ctx := stream.Context()
	first, err := stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	author := authorFrom(ctx)
	entry, err := s.UseCase.Open(ctx, author, first.GetEntryId())
	if err != nil {
		return err
	}
	content := first.GetChunk()
	// One byte too many is enough to know.
	for len(content) <= domain.MaxEvidence {
		next, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		content = append(content, next.GetChunk()...)
	}
	of := domain.EvidenceOf{Revision: int64(first.GetRevision()), VisitID: first.GetVisitId(), LegalStepID: first.GetLegalStepId()}
	added, err := s.UseCase.Add(ctx, author, entry, of, content)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&verificationv1.AddEvidenceResponse{Evidence: evidenceProto(added)})
}

// ListEvidence implements EvidenceService.
func (s *Evidence) ListEvidence(ctx context.Context, req *verificationv1.ListEvidenceRequest) (*verificationv1.ListEvidenceResponse, error) {
	all, err := s.UseCase.List(ctx, req.GetEntryId())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListEvidenceResponse{Evidence: make([]*verificationv1.Evidence, len(all))}
	for i, e := range all {
		resp.Evidence[i] = evidenceProto(e)
	}
	return resp, nil
}

// pieceSize keeps messages far below the transport's limit.
const pieceSize = 256 << 10

// GetEvidence implements EvidenceService.
func (s *Evidence) GetEvidence(req *verificationv1.GetEvidenceRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	e, content, err := s.UseCase.Read(stream.Context(), req.GetEntryId(), req.GetId())
	if err != nil {
		return err
	}
	for len(content) > 0 {
		n := min(pieceSize, len(content))
		if err := stream.Send(&httpbody.HttpBody{ContentType: e.ContentType, Data: content[:n]}); err != nil {
			return err
		}
		content = content[n:]
	}
	return nil
}

func evidenceProto(e domain.Evidence) *verificationv1.Evidence {
	return &verificationv1.Evidence{
		Id: e.ID, EntryId: e.EntryID, Revision: int32(e.Revision), VisitId: e.VisitID, LegalStepId: e.LegalStepID, ContentType: e.ContentType,
		SizeBytes: int32(e.Size), Sha256: hex.EncodeToString(e.SHA256[:]), Author: e.Author, CreateTime: timestamppb.New(e.At),
	}
}
