package server

import (
	"context"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// Handling implements HandlingService.
type Handling struct {
	ledgerv1.UnimplementedHandlingServiceServer
	Store app.HandlingReader
}

// BatchGetHandling implements HandlingService.
func (s *Handling) BatchGetHandling(ctx context.Context, req *ledgerv1.BatchGetHandlingRequest) (*ledgerv1.BatchGetHandlingResponse, error) {
	found, err := app.ReadHandling(ctx, s.Store, callerFrom(ctx), req.GetEntryIds())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.BatchGetHandlingResponse{Entries: make([]*ledgerv1.Handling, len(found))}
	for i, h := range found {
		resp.Entries[i] = &ledgerv1.Handling{
			EntryId: h.EntryID, CountyCode: h.CountyCode, BirthDate: h.BirthDate, HasStudentNumber: h.HasStudentNumber,
		}
	}
	return resp, nil
}
