package app

import (
	"context"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// Children are the ledger's data of a child, under the caller's own identity.
type Children interface {
	// Child tells guardian and address in full only with a reason, which the ledger
	// records.
	Child(ctx context.Context, entryID, reason string) (domain.Child, error)
}

// Offices names who handles an entry.
type Offices interface {
	// Office is the education authority of a county; of none it is the province's.
	Office(ctx context.Context, countyCode string) (string, error)
}

// Notices print what is handed to families.
type Notices struct {
	Store    WorkStore
	Ledger   Ledger
	Children Children
	Offices  Offices
	Rules    domain.Rules
	Now      func() time.Time
}

// Return is the 限期复学通知书 of an entry.
func (u Notices) Return(ctx context.Context, author domain.Author, entryID, reason string) (domain.ReturnNotice, error) {
	entry, err := handled(ctx, u.Ledger, author, entryID)
	if err != nil {
		return domain.ReturnNotice{}, err
	}
	detail, err := u.Store.WorkDetail(ctx, entry)
	if err != nil {
		return domain.ReturnNotice{}, err
	}
	today := domain.Today(u.Now())
	// Nothing is revealed for a notice that there will not be.
	if _, err := detail.Notice(entry.ID, "", domain.Child{}, today, u.Rules); err != nil {
		return domain.ReturnNotice{}, err
	}
	office, err := u.Offices.Office(ctx, entry.CountyCode)
	if err != nil {
		return domain.ReturnNotice{}, err
	}
	child, err := u.Children.Child(ctx, entry.ID, reason)
	if err != nil {
		return domain.ReturnNotice{}, err
	}
	return detail.Notice(entry.ID, office, child, today, u.Rules)
}
