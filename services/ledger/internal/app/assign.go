package app

import (
	"context"
	"slices"

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

// Assignment is an entry and the county that is to handle it; the empty code is the
// province's own queue.
type Assignment struct{ EntryID, County string }

// Assigned is what became of an Assignment.
type Assigned struct {
	Entry domain.Entry
	// Failure is the user's: what fails otherwise ends the whole.
	Failure *fault.Error
}

// Do assigns. The reason stands in the entry's history.
func (a Assign) Do(ctx context.Context, caller Caller, id, county, reason string) (domain.Entry, error) {
	done, err := a.All(ctx, caller, []Assignment{{id, county}}, reason)
	if err != nil {
		return domain.Entry{}, err
	}
	if done[0].Failure != nil {
		return domain.Entry{}, done[0].Failure
	}
	return done[0].Entry, nil
}

// ofTheEntry are failures that say something about one assignment.
var ofTheEntry = []fault.Kind{fault.Invalid, fault.NotFound, fault.Precondition, fault.Conflict}

// All assigns each for itself. When the ledger itself fails, what was assigned before
// stays, and is told by its entry when it is assigned again.
func (a Assign) All(ctx context.Context, caller Caller, assignments []Assignment, reason string) ([]Assigned, error) {
	resolved, err := a.resolve(ctx, assignments)
	if err != nil {
		return nil, err
	}
	done := make([]Assigned, len(assignments))
	for i, to := range assignments {
		done[i].Entry, err = a.one(ctx, caller, to, resolved, reason)
		if err == nil {
			continue
		}
		failure := fault.As(err)
		if failure == nil || !slices.Contains(ofTheEntry, failure.Kind) {
			return nil, err
		}
		done[i].Failure = failure
	}
	return done, nil
}

func (a Assign) resolve(ctx context.Context, assignments []Assignment) (map[string]Resolution, error) {
	var codes []string
	for _, to := range assignments {
		if to.County != "" && !slices.Contains(codes, to.County) {
			codes = append(codes, to.County)
		}
	}
	if len(codes) == 0 {
		return nil, nil
	}
	return a.Regions.Resolve(ctx, codes)
}

func (a Assign) one(ctx context.Context, caller Caller, to Assignment, resolved map[string]Resolution, reason string) (domain.Entry, error) {
	if err := domain.CheckID(to.EntryID); err != nil {
		return domain.Entry{}, err
	}
	if to.County != "" && resolved[to.County].Reason != "CURRENT" {
		return domain.Entry{}, fault.FromViolations("COUNTY_UNKNOWN", "不能指派到该地区", []fault.Violation{
			{Field: "county_code", Reason: "COUNTY_UNKNOWN", Message: "请选择本省现行的县（市、区）"},
		})
	}
	return a.Store.MoveEntry(ctx, caller.Scope, to.EntryID, to.County, reason, caller.Actor)
}
