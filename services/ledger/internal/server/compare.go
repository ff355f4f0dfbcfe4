package server

import (
	"context"

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
		resp.Children = append(resp.Children, &ledgerv1.ImportChild{EntryId: c.EntryID, ChangedFields: c.Fields})
	}
	return resp, nil
}
