package server

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Ledger implements LedgerService.
type Ledger struct {
	ledgerv1.UnimplementedLedgerServiceServer
	Entries     app.Entries
	Assign      app.Assign
	Responsible app.Responsible
	Reveal      app.Reveal
}

// orders are those that the contract allows.
var orders = map[string]app.Order{"": app.OrderLedger, "person_name": app.OrderName}

// ListEntries implements LedgerService.
func (s *Ledger) ListEntries(ctx context.Context, req *ledgerv1.ListEntriesRequest) (*ledgerv1.ListEntriesResponse, error) {
	filter := filterOf(req)
	filter.Order = orders[req.GetOrderBy()]
	page, err := s.Entries.List(ctx, callerFrom(ctx), filter, int(req.GetPageSize()), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ListEntriesResponse{
		Entries: entriesProto(page.Entries), NextPageToken: page.Next, TotalSize: int32(page.Total),
	}, nil
}

// GetEntry implements LedgerService.
func (s *Ledger) GetEntry(ctx context.Context, req *ledgerv1.GetEntryRequest) (*ledgerv1.GetEntryResponse, error) {
	e, err := s.Entries.Get(ctx, callerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.GetEntryResponse{Entry: entryProto(&e)}, nil
}

// ListFlagDefinitions implements LedgerService.
func (s *Ledger) ListFlagDefinitions(context.Context, *ledgerv1.ListFlagDefinitionsRequest) (*ledgerv1.ListFlagDefinitionsResponse, error) {
	resp := &ledgerv1.ListFlagDefinitionsResponse{}
	for _, d := range domain.FlagDefinitions {
		resp.Definitions = append(resp.Definitions, &ledgerv1.FlagDefinition{Flag: string(d.Flag), Text: d.Text})
	}
	return resp, nil
}

// CountEntries implements LedgerService.
func (s *Ledger) CountEntries(ctx context.Context, req *ledgerv1.CountEntriesRequest) (*ledgerv1.CountEntriesResponse, error) {
	b, err := s.Entries.Count(ctx, callerFrom(ctx), req.GetRegion())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.CountEntriesResponse{
		Pending: int32(b.Pending), Handled: int32(b.Handled), Unconfirmed: int32(b.Unconfirmed), Returned: int32(b.Returned),
		Total: int32(b.Total),
	}, nil
}

// AssignEntry implements LedgerService.
func (s *Ledger) AssignEntry(ctx context.Context, req *ledgerv1.AssignEntryRequest) (*ledgerv1.AssignEntryResponse, error) {
	e, err := s.Assign.Do(ctx, callerFrom(ctx), req.GetId(), req.GetCountyCode(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.AssignEntryResponse{Entry: entryProto(&e)}, nil
}

// AssignEntries implements LedgerService.
func (s *Ledger) AssignEntries(ctx context.Context, req *ledgerv1.AssignEntriesRequest) (*ledgerv1.AssignEntriesResponse, error) {
	assignments := make([]app.Assignment, len(req.GetAssignments()))
	for i, a := range req.GetAssignments() {
		assignments[i] = app.Assignment{EntryID: a.GetEntryId(), County: a.GetCountyCode()}
	}
	done, err := s.Assign.All(ctx, callerFrom(ctx), assignments, req.GetReason())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.AssignEntriesResponse{Results: make([]*ledgerv1.AssignmentResult, len(done))}
	for i, d := range done {
		resp.Results[i] = &ledgerv1.AssignmentResult{Result: &ledgerv1.AssignmentResult_Entry{Entry: entryProto(&d.Entry)}}
		if d.Failure != nil {
			resp.Results[i].Result = &ledgerv1.AssignmentResult_Failure{
				Failure: &ledgerv1.AssignmentFailure{Reason: d.Failure.Reason, Message: d.Failure.Message},
			}
		}
	}
	return resp, nil
}

// RevealEntry implements LedgerService.
func (s *Ledger) RevealEntry(ctx context.Context, req *ledgerv1.RevealEntryRequest) (*ledgerv1.RevealEntryResponse, error) {
	e, err := s.Reveal.Do(ctx, callerFrom(ctx), req.GetId(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return revealedProto(&e), nil
}

func revealedProto(e *domain.Entry) *ledgerv1.RevealEntryResponse {
	return &ledgerv1.RevealEntryResponse{
		IdNumber: e.IDNumber, HomeAddress: e.HomeAddress, Guardian: e.Guardian, Phone: e.Phone,
		NationalStudentNumber: e.NationalStudentNumber, ExtraColumns: e.Extra,
	}
}

// mayReveal says who may see many entries in full: those who may see one (RevealEntry).
func mayReveal(ctx context.Context) bool {
	return slices.ContainsFunc(rpc.IdentityFrom(ctx).Roles, func(r commonv1.Role) bool {
		return r == commonv1.Role_ROLE_CLERK || r == commonv1.Role_ROLE_REVIEWER
	})
}

// AssignResponsible implements LedgerService.
func (s *Ledger) AssignResponsible(ctx context.Context, req *ledgerv1.AssignResponsibleRequest) (*ledgerv1.AssignResponsibleResponse, error) {
	changed, err := s.Responsible.Assign(ctx, callerFrom(ctx), req.GetEntryIds(), req.GetUserId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.AssignResponsibleResponse{Changed: int32(changed)}, nil
}

// ListEntryHistory implements LedgerService.
func (s *Ledger) ListEntryHistory(ctx context.Context, req *ledgerv1.ListEntryHistoryRequest) (*ledgerv1.ListEntryHistoryResponse, error) {
	changes, err := s.Entries.History(ctx, callerFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListEntryHistoryResponse{}
	for _, c := range changes {
		resp.Changes = append(resp.Changes, &ledgerv1.EntryChange{
			RoutingVersion: int32(c.Version), CountyCode: c.CountyCode, Reason: c.Reason, Revision: int32(c.Revision), Code: c.Code,
			Actor: c.Actor, OccurTime: timestamppb.New(c.At),
		})
	}
	return resp, nil
}

// StreamEntries implements LedgerService.
func (s *Ledger) StreamEntries(req *ledgerv1.StreamEntriesRequest, stream grpc.ServerStreamingServer[ledgerv1.StreamEntriesResponse]) error {
	ctx, reason := stream.Context(), req.GetReason()
	if reason != "" && !mayReveal(ctx) {
		return fault.New(fault.Denied, "PERMISSION_DENIED", "只有经办和审核人员可以导出完整信息")
	}
	return s.Entries.Stream(ctx, callerFrom(ctx), filterOf(req.GetFilter()), reason, func(batch []domain.Entry) error {
		resp := &ledgerv1.StreamEntriesResponse{Entries: entriesProto(batch)}
		if reason != "" {
			for i := range batch {
				resp.Revealed = append(resp.Revealed, revealedProto(&batch[i]))
			}
		}
		return stream.Send(resp)
	})
}
