package server

import (
	"context"
	"slices"

	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
)

// CompareImports implements ImportService. Ids grow with time, so a page token is the
// last child's.
func (s *Imports) CompareImports(ctx context.Context, req *ledgerv1.CompareImportsRequest) (*ledgerv1.CompareImportsResponse, error) {
	after, size := req.GetPageToken(), pageSize(req.GetPageSize(), 200)
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	counts, children, err := s.UseCase.Compare(ctx, req.GetId(), req.GetBase(), app.Difference(req.GetKind()), after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.CompareImportsResponse{
		NewChildren: int32(counts.New), ContinuingChildren: int32(counts.Continuing),
		ChangedChildren: int32(counts.Changed), VanishedChildren: int32(counts.Vanished),
	}
	if len(children) > size {
		children = children[:size]
		resp.NextPageToken = children[size-1].EntryID
	}
	for _, c := range children {
		child := &ledgerv1.ImportChild{EntryId: c.EntryID, ChangedFields: c.Fields}
		if readsEntries(ctx) {
			child.PersonName, child.CountyCode, child.Code = c.PersonName, c.CountyCode, c.Code
		}
		resp.Children = append(resp.Children, child)
	}
	return resp, nil
}

// readsEntries says who is shown children (ListEntries); who only operates is not.
func readsEntries(ctx context.Context) bool {
	return slices.ContainsFunc(rpc.IdentityFrom(ctx).Roles, func(r commonv1.Role) bool {
		return r == commonv1.Role_ROLE_CLERK || r == commonv1.Role_ROLE_REVIEWER || r == commonv1.Role_ROLE_READER
	})
}
