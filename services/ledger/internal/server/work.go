package server

import (
	"context"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// WorkProjection implements WorkProjectionService, for Baoxue's own services.
type WorkProjection struct {
	ledgerv1.UnimplementedWorkProjectionServiceServer
	Store app.WorkProjector
}

// ApplyWork implements WorkProjectionService.
func (s *WorkProjection) ApplyWork(ctx context.Context, req *ledgerv1.ApplyWorkRequest) (*ledgerv1.ApplyWorkResponse, error) {
	if err := s.Store.ApplyWorks(ctx, []app.Work{workOf(req)}); err != nil {
		return nil, err
	}
	return &ledgerv1.ApplyWorkResponse{}, nil
}

func workOf(req *ledgerv1.ApplyWorkRequest) app.Work {
	return app.Work{
		EntryID: req.GetEntryId(), Version: req.GetWorkVersion(), Returned: req.GetReturned(), Duty: req.GetDuty(),
		Closed: req.GetClosed(), DueOn: req.GetDueOn(), DueKind: req.GetDueKind(),
	}
}
