package app

import (
	"context"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// Mover moves an entry to another county.
type Mover interface {
	// MoveEntry records the next routing and its event in one transaction.
	MoveEntry(ctx context.Context, scope domain.Scope, id, county, reason, actor string) (domain.Entry, error)
}

// Assign hands an entry to a county, or back to the province's own queue.
type Assign struct {
	Store   Mover
	Regions Regions
}

// Do assigns. The reason stands in the entry's history.
func (a Assign) Do(ctx context.Context, caller Caller, id, county, reason string) (domain.Entry, error) {
	if err := domain.CheckID(id); err != nil {
		return domain.Entry{}, err
	}
	if county != "" {
		resolved, err := a.Regions.Resolve(ctx, []string{county})
		if err != nil {
			return domain.Entry{}, err
		}
		if resolved[county].Reason != "CURRENT" {
			return domain.Entry{}, fault.FromViolations("COUNTY_UNKNOWN", "不能指派到该地区", []fault.Violation{
				{Field: "county_code", Reason: "COUNTY_UNKNOWN", Message: "请选择本省现行的县（市、区）"},
			})
		}
	}
	return a.Store.MoveEntry(ctx, caller.Scope, id, county, reason, caller.Actor)
}
