package server

import (
	"context"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
)

// Signals implements SignalService.
type Signals struct {
	verificationv1.UnimplementedSignalServiceServer
	UseCase app.Signals
}

// ListSignals implements SignalService.
func (s *Signals) ListSignals(ctx context.Context, req *verificationv1.ListSignalsRequest) (*verificationv1.ListSignalsResponse, error) {
	own := scopeFrom(ctx)
	signals, err := s.UseCase.List(ctx, own.Within(regionScope(req.GetRegion())), own, req.GetMonth())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListSignalsResponse{Signals: make([]*verificationv1.Signal, len(signals))}
	for i, g := range signals {
		resp.Signals[i] = &verificationv1.Signal{
			Kind: verificationv1.SignalKind(g.Kind), CountyCode: g.CountyCode, Count: int32(g.Count), Total: int32(g.Total),
			Measure: g.Measure, Threshold: g.Threshold, EntryIds: g.EntryIDs,
		}
	}
	return resp, nil
}
