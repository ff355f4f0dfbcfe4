package server

import (
	"context"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// RerunMonths implements MonthService.
func (s *Months) RerunMonths(ctx context.Context, _ *reportingv1.RerunMonthsRequest) (*reportingv1.RerunMonthsResponse, error) {
	recounts, err := s.Rerun.Months(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Audit(ctx, rerun(recounts)); err != nil {
		return nil, err
	}
	resp := &reportingv1.RerunMonthsResponse{}
	for _, r := range recounts {
		resp.Results = append(resp.Results, &reportingv1.RerunResult{
			Snapshot: snapshotProto(r.Snapshot), Correction: int32(r.Correction), Digest: r.Digest, Equal: r.Equal(),
		})
	}
	return resp, nil
}

// RebuildFigures implements MonthService.
func (s *Months) RebuildFigures(ctx context.Context, req *reportingv1.RebuildFiguresRequest) (*reportingv1.RebuildFiguresResponse, error) {
	mended, err := s.Rebuild.Do(ctx, app.Mending{CheckOnly: req.GetValidateOnly(), RemoveUntold: req.GetRemoveUntold()})
	if err != nil {
		return nil, err
	}
	// What is mended is recorded with the mending.
	if req.GetValidateOnly() {
		if err := s.Audit(ctx, checked(mended)); err != nil {
			return nil, err
		}
	}
	return &reportingv1.RebuildFiguresResponse{
		StreamSequence: mended.Sequence, Missing: mended.Missing, Different: mended.Different, Untold: mended.Untold, Entries: mended.Entries,
	}, nil
}
