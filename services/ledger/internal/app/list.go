package app

import (
	"context"
	"time"

	"baoxue.internal/services/ledger/internal/domain"
)

// Tab is one of the notice's two tabs.
type Tab int

// The tabs.
const (
	TabAll Tab = iota
	TabPending
	TabHandled
)

// Filter selects entries.
type Filter struct {
	Tab    Tab
	Region string
	Status domain.Status
	Code   string
	Source domain.Source
	// Name is a part of the name.
	Name string
	// IDNumber is a whole document number.
	IDNumber string
	// Q is one of the two, whichever it looks like; or the last four characters of a
	// number, for a county.
	Q string
	// Responsible is a user's id, or Me.
	Responsible string
	// Queue is one of the queues of work.
	Queue Queue
	// Flags are quality flags that all are there.
	Flags []string
	// Tags are special groups that the child all belongs to.
	Tags []string
	// School is a part of the school's name.
	School string
	// FoundFrom and FoundTo are the first and the last day of the newest finding,
	// yyyy-mm-dd by the province's clock.
	FoundFrom, FoundTo string
	// ImportID is the import that described the child last.
	ImportID string
	// Order is that of a list; streams are in the ledger's.
	Order Order
}

// Order is how a list is sorted.
type Order int

// The orders.
const (
	// OrderLedger is that of the files that were imported.
	OrderLedger Order = iota
	// OrderName is that of the names in pinyin.
	OrderName
)

// Me stands for the caller's own id in a Filter.
const Me = "me"

// Page is one page of a list.
type Page struct {
	Entries []domain.Entry
	Next    string
	Total   int
}

// Badges are the sizes of the two tabs. What a review returned is in both of them: it
// has a finding, and waits for another.
type Badges struct{ Pending, Handled, Unconfirmed, Returned, Total int }

// EntryReader is what reading entries needs of the store.
type EntryReader interface {
	// ListEntries returns up to most entries after a place, in the selection's order, and how
	// many the selection has in all, from one consistent view.
	ListEntries(ctx context.Context, s Selection, after Place, most int) ([]domain.Entry, int, error)
	// StreamEntries calls yield with the entries in order of id, in batches.
	// The reason, when there is one, is recorded: then they are shown in full.
	StreamEntries(ctx context.Context, s Selection, reason string, yield func([]domain.Entry) error) error
	GetEntry(ctx context.Context, scope domain.Scope, id string) (domain.Entry, error)
	CountEntries(ctx context.Context, scope domain.Scope, counties domain.Region) (Badges, error)
	ListChanges(ctx context.Context, scope domain.Scope, id string) ([]domain.Change, error)
}

// Sealer seals what a page token says of a child.
type Sealer interface {
	Seal(text, context string) ([]byte, error)
	Unseal(sealed []byte, context string) (string, error)
}

// Entries are the reading use cases.
type Entries struct {
	Store  EntryReader
	Sealer Sealer
	Now    func() time.Time
	// SoonDays is how many days before its last day a deadline is due soon.
	SoonDays int
}

const (
	defaultPage = 50
	maxPage     = 200
)

// List returns a page in the filter's order.
func (e Entries) List(ctx context.Context, caller Caller, f Filter, size int, token string) (Page, error) {
	selection, err := e.selection(caller, f)
	if err != nil {
		return Page{}, err
	}
	if size == 0 {
		size = defaultPage
	}
	size = min(size, maxPage)
	after, err := e.readPageToken(token, f)
	if err != nil {
		return Page{}, err
	}
	entries, total, err := e.Store.ListEntries(ctx, selection, after, size+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{Entries: entries, Total: total}
	if len(entries) > size {
		page.Entries = entries[:size]
		page.Next, err = e.makePageToken(&entries[size-1], f)
	}
	return page, err
}

// Stream yields everything that the filter selects; with a reason it is to be shown in full.
func (e Entries) Stream(ctx context.Context, caller Caller, f Filter, reason string, yield func([]domain.Entry) error) error {
	selection, err := e.selection(caller, f)
	if err != nil {
		return err
	}
	if reason != "" {
		if reason, err = checkReason(reason); err != nil {
			return err
		}
	}
	return e.Store.StreamEntries(ctx, selection, reason, yield)
}

// Get returns one entry.
func (e Entries) Get(ctx context.Context, caller Caller, id string) (domain.Entry, error) {
	if err := domain.CheckID(id); err != nil {
		return domain.Entry{}, err
	}
	return e.Store.GetEntry(ctx, caller.Scope, id)
}

// Count returns the badges.
func (e Entries) Count(ctx context.Context, caller Caller, region string) (Badges, error) {
	asked, err := domain.ParseRegion(region)
	if err != nil {
		return Badges{}, err
	}
	return e.Store.CountEntries(ctx, caller.Scope, caller.Scope.Within(asked))
}

// History returns every change of an entry, oldest first.
func (e Entries) History(ctx context.Context, caller Caller, id string) ([]domain.Change, error) {
	if _, err := e.Get(ctx, caller, id); err != nil {
		return nil, err
	}
	return e.Store.ListChanges(ctx, caller.Scope, id)
}
