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
	err := s.Store.ApplyWorks(ctx, []app.Work{{
		EntryID: req.GetEntryId(), Version: req.GetWorkVersion(), Returned: req.GetReturned(), Duty: req.GetDuty(),
		Closed: req.GetClosed(), DueOn: req.GetDueOn(), DueKind: req.GetDueKind(),
	}})
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ApplyWorkResponse{}, nil
}
