package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// Query implements LedgerQueryService.
type Query struct {
	ledgerv1.UnimplementedLedgerQueryServiceServer
	UseCase app.Query
	Entries app.Entries
}

// CheckIdNumbers implements LedgerQueryService.
func (s *Query) CheckIdNumbers(ctx context.Context, req *ledgerv1.CheckIdNumbersRequest) (*ledgerv1.CheckIdNumbersResponse, error) {
	checks, err := s.UseCase.Check(ctx, callerFrom(ctx), req.GetIdNumbers())
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.CheckIdNumbersResponse{Checks: make([]*ledgerv1.IdNumberCheck, len(checks))}
	for i, found := range checks {
		resp.Checks[i] = &ledgerv1.IdNumberCheck{}
		for _, c := range found {
			resp.Checks[i].Entries = append(resp.Checks[i].Entries, &ledgerv1.CheckedEntry{
				EntryId: c.EntryID, Source: ledgerv1.Source(c.Source), CountyCode: c.County, Status: ledgerv1.Status(c.Status), Code: c.Code,
			})
		}
	}
	return resp, nil
}

// QueryEntry implements LedgerQueryService.
func (s *Query) QueryEntry(ctx context.Context, req *ledgerv1.QueryEntryRequest) (*ledgerv1.QueryEntryResponse, error) {
	e, err := s.Entries.Get(ctx, callerFrom(ctx), req.GetEntryId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.QueryEntryResponse{Entry: entryProto(&e)}, nil
}

// ListChanges implements LedgerQueryService.
func (s *Query) ListChanges(ctx context.Context, req *ledgerv1.ListChangesRequest) (*ledgerv1.ListChangesResponse, error) {
	after, err := placeOf(req.GetCursor())
	if err != nil {
		return nil, err
	}
	page, err := s.UseCase.Changes(ctx, callerFrom(ctx), after, int(req.GetPageSize()))
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ListChangesResponse{Changes: changesProto(page.Changes), NextCursor: cursorOf(page.Next), More: page.More}, nil
}

// WatchChanges implements LedgerQueryService.
func (s *Query) WatchChanges(req *ledgerv1.WatchChangesRequest, stream grpc.ServerStreamingServer[ledgerv1.WatchChangesResponse]) error {
	after, err := placeOf(req.GetCursor())
	if err != nil {
		return err
	}
	ctx := stream.Context()
	return s.UseCase.Watch(ctx, callerFrom(ctx), after, func(page app.FeedPage) error {
		return stream.Send(&ledgerv1.WatchChangesResponse{Changes: changesProto(page.Changes), NextCursor: cursorOf(page.Next)})
	})
}

func changesProto(changes []app.FeedChange) []*ledgerv1.LedgerChange {
	protos := make([]*ledgerv1.LedgerChange, len(changes))
	for i, c := range changes {
		protos[i] = &ledgerv1.LedgerChange{
			EntryId: c.EntryID, Kind: ledgerv1.LedgerChange_Kind(c.Kind), CountyCode: c.County, Status: ledgerv1.Status(c.Status),
			Code: c.Code, Revision: int32(c.Revision), ChangeTime: timestamppb.New(c.At),
		}
	}
	return protos
}

func cursorOf(p app.FeedPlace) string { return fmt.Sprintf("%d-%d", p.Tx, p.Position) }

func placeOf(cursor string) (p app.FeedPlace, err error) {
	if cursor == "" {
		return p, nil
	}
	if _, err := fmt.Sscanf(cursor, "%d-%d", &p.Tx, &p.Position); err != nil || cursorOf(p) != cursor || p.Tx < 0 {
		return p, fault.FromViolations("CURSOR_INVALID", "变更游标无效，请从头开始读取", []fault.Violation{
			{Field: "cursor", Reason: "CURSOR_INVALID", Message: "请使用上一次应答中的 next_cursor，或留空从头开始"},
		})
	}
	return p, nil
}
