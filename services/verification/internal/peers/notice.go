package peers

import (
	"context"

	"google.golang.org/grpc"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/verification/internal/domain"
)

// Children implements app.Children over gRPC.
type Children struct{ entries ledgerv1.LedgerServiceClient }

// NewChildren returns a client over a connection in the caller's name.
func NewChildren(asCaller grpc.ClientConnInterface) Children {
	return Children{ledgerv1.NewLedgerServiceClient(asCaller)}
}

// Child implements app.Children.
func (c Children) Child(ctx context.Context, entryID, reason string) (domain.Child, error) {
	got, err := c.entries.GetEntry(ctx, &ledgerv1.GetEntryRequest{Id: entryID})
	if err != nil {
		return domain.Child{}, err
	}
	e := got.GetEntry()
	child := domain.Child{Name: e.GetPersonName(), BirthDate: e.GetBirthDate(), Address: e.GetHomeAddress()}
	if reason == "" {
		return child, nil
	}
	full, err := c.entries.RevealEntry(ctx, &ledgerv1.RevealEntryRequest{Id: entryID, Reason: reason})
	if err != nil {
		return domain.Child{}, err
	}
	child.Guardian, child.Address = full.GetGuardian(), full.GetHomeAddress()
	return child, nil
}

// Office implements app.Offices.
func (r *Regions) Office(ctx context.Context, countyCode string) (string, error) {
	if countyCode == "" {
		return "浙江省教育厅", nil
	}
	resp, err := r.client.GetRegion(ctx, &regionv1.GetRegionRequest{Code: countyCode})
	return resp.GetRegion().GetFullName() + "教育局", err
}
