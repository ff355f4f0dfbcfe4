package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// Barrier tells the stream position after everything that happened so far.
type Barrier interface {
	Barrier(ctx context.Context) (sequence uint64, asOf time.Time, err error)
}

// Projection implements ProjectionService, for Baoxue's own services.
type Projection struct {
	ledgerv1.UnimplementedProjectionServiceServer
	Truth   app.Truth
	Barrier Barrier
}

// GetWatermark implements ProjectionService.
func (s *Projection) GetWatermark(ctx context.Context, _ *ledgerv1.GetWatermarkRequest) (*ledgerv1.GetWatermarkResponse, error) {
	sequence, asOf, err := s.Barrier.Barrier(ctx)
	if err != nil {
		return nil, err
	}
	return &ledgerv1.GetWatermarkResponse{StreamSequence: sequence, AsOfTime: timestamppb.New(asOf)}, nil
}

// CountAsOf implements ProjectionService.
func (s *Projection) CountAsOf(ctx context.Context, req *ledgerv1.CountAsOfRequest) (*ledgerv1.CountAsOfResponse, error) {
	counts, err := s.Truth.CountAsOf(ctx, req.GetCutoffTime().AsTime(), req.GetStreamSequence())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.CountAsOfResponse{Counts: make([]*ledgerv1.OutcomeCount, len(counts))}
	for i, c := range counts {
		resp.Counts[i] = &ledgerv1.OutcomeCount{CountyCode: c.County, Source: ledgerv1.Source(c.Source), Code: c.Code, Entries: int32(c.Entries)}
	}
	return resp, nil
}
