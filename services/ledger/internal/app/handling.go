package app

import (
	"context"

	"baoxue.internal/services/ledger/internal/domain"
)

// Handling is an entry as a finding's rules see it.
type Handling struct {
	EntryID, CountyCode, BirthDate string
	HasStudentNumber               bool
}

// HandlingReader reads what findings need of entries.
type HandlingReader interface {
	// Handling returns the entries within the scope, in no order.
	Handling(ctx context.Context, scope domain.Scope, ids []string) ([]Handling, error)
}

// ReadHandling returns those of the entries that the caller may see. What can't be an
// id is as missing as an entry that does not exist.
func ReadHandling(ctx context.Context, store HandlingReader, caller Caller, ids []string) ([]Handling, error) {
	asked := make([]string, 0, len(ids))
	for _, id := range ids {
		if domain.CheckID(id) == nil {
			asked = append(asked, id)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	return store.Handling(ctx, caller.Scope, asked)
}
