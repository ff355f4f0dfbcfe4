package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// LegalSteps implements LegalStepService.
type LegalSteps struct {
	verificationv1.UnimplementedLegalStepServiceServer
	UseCase app.LegalSteps
}

// RecordLegalStep implements LegalStepService.
func (s *LegalSteps) RecordLegalStep(ctx context.Context, req *verificationv1.RecordLegalStepRequest) (*verificationv1.RecordLegalStepResponse, error) {
	f := req.GetForm()
	step, err := s.UseCase.Record(ctx, authorFrom(ctx), req.GetEntryId(), domain.LegalStepForm{
		Code: f.GetCode(), Date: f.GetDate(), DocumentNumber: f.GetDocumentNumber(), Authority: f.GetAuthority(), Note: f.GetNote(),
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.RecordLegalStepResponse{Step: legalStepProto(step)}, nil
}

// WithdrawLegalStep implements LegalStepService.
func (s *LegalSteps) WithdrawLegalStep(ctx context.Context, req *verificationv1.WithdrawLegalStepRequest) (*verificationv1.WithdrawLegalStepResponse, error) {
	step, err := s.UseCase.Withdraw(ctx, authorFrom(ctx), req.GetEntryId(), req.GetStepId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &verificationv1.WithdrawLegalStepResponse{Step: legalStepProto(step)}, nil
}

// ListLegalSteps implements LegalStepService.
func (s *LegalSteps) ListLegalSteps(ctx context.Context, req *verificationv1.ListLegalStepsRequest) (*verificationv1.ListLegalStepsResponse, error) {
	steps, next, err := s.UseCase.List(ctx, req.GetEntryId())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListLegalStepsResponse{Next: next}
	for _, step := range steps {
		resp.Steps = append(resp.Steps, legalStepProto(step))
	}
	for _, r := range s.UseCase.Ladder {
		resp.Ladder = append(resp.Ladder, &verificationv1.LegalRung{Code: r.Code, Name: r.Name, Days: int32(r.Days), Document: r.Document})
	}
	return resp, nil
}

func legalStepProto(step domain.LegalStep) *verificationv1.LegalStep {
	p := &verificationv1.LegalStep{
		Id: step.ID, EntryId: step.EntryID, Number: int32(step.Number), Name: step.Name, Revision: int32(step.Revision),
		Author: step.Author, CreateTime: timestamppb.New(step.At),
		Form: &verificationv1.LegalStepForm{
			Code: step.Code, Date: step.Date, DocumentNumber: step.DocumentNumber, Authority: step.Authority, Note: step.Note,
		},
	}
	if w := step.Withdrawal; w != nil {
		p.Withdrawal = &verificationv1.LegalStepWithdrawal{Reason: w.Reason, Author: w.Author, CreateTime: timestamppb.New(w.At)}
	}
	return p
}
