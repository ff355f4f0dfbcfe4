package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Transfers implements TransferService.
type Transfers struct {
	ledgerv1.UnimplementedTransferServiceServer
	UseCase app.Transfers
}

// ProposeTransfer implements TransferService.
func (s *Transfers) ProposeTransfer(ctx context.Context, req *ledgerv1.ProposeTransferRequest) (*ledgerv1.ProposeTransferResponse, error) {
	t, err := s.UseCase.Propose(ctx, callerFrom(ctx), req.GetEntryId(), req.GetCountyCode(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ProposeTransferResponse{Transfer: s.proto(&t)}, nil
}

// ListTransfers implements TransferService.
func (s *Transfers) ListTransfers(ctx context.Context, req *ledgerv1.ListTransfersRequest) (*ledgerv1.ListTransfersResponse, error) {
	filter := app.TransferFilter{State: domain.TransferState(req.GetState()), Overdue: req.GetOverdue()}
	transfers, next, err := s.UseCase.List(ctx, callerFrom(ctx), filter, int(req.GetPageSize()), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListTransfersResponse{NextPageToken: next}
	for i := range transfers {
		resp.Transfers = append(resp.Transfers, s.proto(&transfers[i]))
	}
	return resp, nil
}

// AcceptTransfer implements TransferService.
func (s *Transfers) AcceptTransfer(ctx context.Context, req *ledgerv1.AcceptTransferRequest) (*ledgerv1.AcceptTransferResponse, error) {
	t, err := s.UseCase.Accept(ctx, callerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.AcceptTransferResponse{Transfer: s.proto(&t)}, nil
}

// RejectTransfer implements TransferService.
func (s *Transfers) RejectTransfer(ctx context.Context, req *ledgerv1.RejectTransferRequest) (*ledgerv1.RejectTransferResponse, error) {
	t, err := s.UseCase.Reject(ctx, callerFrom(ctx), req.GetId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.RejectTransferResponse{Transfer: s.proto(&t)}, nil
}

// WithdrawTransfer implements TransferService.
func (s *Transfers) WithdrawTransfer(ctx context.Context, req *ledgerv1.WithdrawTransferRequest) (*ledgerv1.WithdrawTransferResponse, error) {
	t, err := s.UseCase.Withdraw(ctx, callerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.WithdrawTransferResponse{Transfer: s.proto(&t)}, nil
}

func (s *Transfers) proto(t *domain.Transfer) *ledgerv1.Transfer {
	p := &ledgerv1.Transfer{
		Id: t.ID, EntryId: t.EntryID, FromCountyCode: t.From, ToCountyCode: t.To, State: ledgerv1.Transfer_State(t.State),
		Reason: t.Reason, Answer: t.Answer, PersonName: t.Child.PersonName, BirthDate: t.Child.BirthDate,
		HouseholdPlace: t.Child.HouseholdPlace, HomeAddress: t.Child.HomeAddress, Proposer: t.Proposer, Answerer: t.Answerer,
		DueOn: t.DueOn.Format(time.DateOnly), Overdue: t.Overdue(s.UseCase.Today().Format(time.DateOnly)),
		CreateTime: timestamppb.New(t.CreatedAt),
	}
	if !t.EndedAt.IsZero() {
		p.EndTime = timestamppb.New(t.EndedAt)
	}
	return p
}
