package app

import (
	"context"
	"slices"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// People are the users of a region.
type People interface {
	// Clerks are the ids of those who may handle a region's entries; the empty code
	// is the province's own queue.
	Clerks(ctx context.Context, county string) ([]string, error)
	// ConfirmHandOver says that a disabled user has no more work here.
	ConfirmHandOver(ctx context.Context, userID string, items int) error
}

// ResponsibleStore keeps who is responsible.
type ResponsibleStore interface {
	// SetResponsible makes the user responsible for all the entries within the scope
	// if check accepts the counties that handle them; "" makes it nobody.
	SetResponsible(ctx context.Context, scope domain.Scope, entryIDs []string, userID string, check func(counties []string) error) (changed int, err error)
	// HandOver gives all that a user is responsible for to another, or to nobody.
	HandOver(ctx context.Context, from, to string) (items int, err error)
}

// Responsible are the use cases of a responsible person for a child.
type Responsible struct {
	Store  ResponsibleStore
	People People
}

// Assign makes a user responsible for entries of the caller's own queue: a county's for
// its clerks, the province's own for the province's.
func (r Responsible) Assign(ctx context.Context, caller Caller, entryIDs []string, userID string) (changed int, err error) {
	for _, id := range entryIDs {
		if err := domain.CheckID(id); err != nil {
			return 0, err
		}
	}
	slices.Sort(entryIDs)
	return r.Store.SetResponsible(ctx, caller.Own, slices.Compact(entryIDs), userID, func(counties []string) error {
		if userID == "" {
			return nil
		}
		for _, county := range counties {
			clerks, err := r.People.Clerks(ctx, county)
			if err != nil {
				return err
			}
			if !slices.Contains(clerks, userID) {
				return fault.FromViolations("RESPONSIBLE_INVALID", "不能指定为责任人", []fault.Violation{
					{Field: "user_id", Reason: "RESPONSIBLE_INVALID", Message: "请选择负责该记录的县（市、区）在用的经办人员"},
				})
			}
		}
		return nil
	})
}

// HandOver gives a disabled user's work to the successor and says so. Both can be
// repeated.
func (r Responsible) HandOver(ctx context.Context, from, to string) error {
	items, err := r.Store.HandOver(ctx, from, to)
	if err != nil {
		return err
	}
	return r.People.ConfirmHandOver(ctx, from, items)
}
