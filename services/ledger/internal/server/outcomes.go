package server

import (
	"context"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// OutcomeProjection implements OutcomeProjectionService, for Baoxue's own services.
type OutcomeProjection struct {
	ledgerv1.UnimplementedOutcomeProjectionServiceServer
	Store app.Projector
}

// ApplyOutcomes implements OutcomeProjectionService.
func (s *OutcomeProjection) ApplyOutcomes(ctx context.Context, req *ledgerv1.ApplyOutcomesRequest) (*ledgerv1.ApplyOutcomesResponse, error) {
	outcomes, works := make([]app.Outcome, len(req.GetOutcomes())), make([]app.Work, len(req.GetWorkStates()))
	taggings := make([]app.Tagging, len(req.GetTagStates()))
	for i, o := range req.GetOutcomes() {
		outcomes[i] = app.Outcome{EntryID: o.GetEntryId(), Revision: int64(o.GetRevision()), Code: o.GetCode(), At: o.GetOccurTime().AsTime()}
	}
	for i, w := range req.GetWorkStates() {
		works[i] = app.Work{
			EntryID: w.GetEntryId(), Version: w.GetWorkVersion(), Returned: w.GetReturned(), Duty: w.GetDuty(),
			Closed: w.GetClosed(), DueOn: w.GetDueOn(), DueKind: w.GetDueKind(), LegalStep: w.GetLegalStep(),
		}
	}
	for i, t := range req.GetTagStates() {
		taggings[i] = app.Tagging{EntryID: t.GetEntryId(), Version: t.GetTagsVersion(), Tags: t.GetTags()}
	}
	if err := s.Store.AnticipateOutcomes(ctx, outcomes, works, taggings); err != nil {
		return nil, err
	}
	return &ledgerv1.ApplyOutcomesResponse{}, nil
}
