package app

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"baoxue.internal/pkg/fault"
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
	// School is a part of the school's name.
	School string
	// FoundFrom and FoundTo are the first and the last day of the newest finding,
	// yyyy-mm-dd by the province's clock.
	FoundFrom, FoundTo string
	// ImportID is the import that described the child last.
	ImportID string
}

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
	// ListEntries returns up to most entries with ids above after, and how many
	// the selection has in all, from one consistent view.
	ListEntries(ctx context.Context, s Selection, after string, most int) ([]domain.Entry, int, error)
	// StreamEntries calls yield with the entries in order of id, in batches.
	StreamEntries(ctx context.Context, s Selection, yield func([]domain.Entry) error) error
	GetEntry(ctx context.Context, scope domain.Scope, id string) (domain.Entry, error)
	CountEntries(ctx context.Context, scope domain.Scope, counties domain.Region) (Badges, error)
	ListChanges(ctx context.Context, scope domain.Scope, id string) ([]domain.Change, error)
}

// Entries are the reading use cases.
type Entries struct {
	Store EntryReader
	Now   func() time.Time
	// SoonDays is how many days before its last day a deadline is due soon.
	SoonDays int
}

const (
	defaultPage = 50
	maxPage     = 200
)

// List returns a page in ledger order.
func (e Entries) List(ctx context.Context, caller Caller, f Filter, size int, token string) (Page, error) {
	selection, err := e.selection(caller, f)
	if err != nil {
		return Page{}, err
	}
	if size == 0 {
		size = defaultPage
	}
	size = min(size, maxPage)
	after, err := readPageToken(token, f)
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
		page.Next = makePageToken(entries[size-1].ID, f)
	}
	return page, nil
}

// Stream yields everything that the filter selects.
func (e Entries) Stream(ctx context.Context, caller Caller, f Filter, yield func([]domain.Entry) error) error {
	selection, err := e.selection(caller, f)
	if err != nil {
		return err
	}
	return e.Store.StreamEntries(ctx, selection, yield)
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

// A page token is bound to its filter: with another filter it would silently
// leave entries out.
type pageToken struct {
	After  string `json:"a"`
	Filter string `json:"f"`
}

func fingerprint(f Filter) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", f))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func makePageToken(after string, f Filter) string {
	// Marshalling two strings can't fail.
	text, _ := json.Marshal(pageToken{After: after, Filter: fingerprint(f)})
	return base64.RawURLEncoding.EncodeToString(text)
}

func readPageToken(token string, f Filter) (after string, err error) {
	if token == "" {
		return "00000000-0000-0000-0000-000000000000", nil
	}
	var t pageToken
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil || t.Filter != fingerprint(f) || domain.CheckID(t.After) != nil {
		return "", fault.FromViolations("PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询", []fault.Violation{
			{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Message: "翻页标记与查询条件不符"},
		})
	}
	return t.After, nil
}
