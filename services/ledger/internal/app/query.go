package app

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// FeedPlace is a place in the order of changes; the zero value is before the first.
type FeedPlace struct{ Tx, Position int64 }

// FeedChange is one change of one entry.
type FeedChange struct {
	EntryID  string
	Kind     FeedKind
	County   string
	Status   domain.Status
	Code     string
	Revision int64
	At       time.Time
}

// FeedKind says what changed.
type FeedKind int

// What changes. An entry that leaves the reader's scope is told as FeedLeft, and then no
// more.
const (
	FeedCreated FeedKind = iota + 1
	FeedDescribed
	FeedRouted
	FeedOutcome
	FeedLeft
)

// FeedPage is a part of the changes.
type FeedPage struct {
	Changes []FeedChange
	Next    FeedPlace
	More    bool
}

// Checked is an entry with a document number that was asked for.
type Checked struct {
	EntryID string
	Source  domain.Source
	County  string
	Status  domain.Status
	Code    string
}

// QueryStore is what other systems read.
type QueryStore interface {
	// CheckNumbers returns the entries of each number within the scope, and records that
	// it was asked.
	CheckNumbers(ctx context.Context, scope domain.Scope, numbers []string) ([][]Checked, error)
	// ListFeed returns up to most changes after a place within the scope. A place that
	// lies in the future is refused with CURSOR_INVALID.
	ListFeed(ctx context.Context, scope domain.Scope, after FeedPlace, most int) (FeedPage, error)
}

// Allowance counts what an account asks.
type Allowance interface {
	// Take reports whether the account may ask so much more now; else after how long.
	Take(account string, much int) (wait time.Duration, ok bool)
}

// Query is what other systems ask.
type Query struct {
	Store     QueryStore
	Allowance Allowance
}

const (
	feedPage = 200
	// watchFor bounds a watch, so that an account that is disabled stops reading.
	watchFor = time.Minute
	// lookEvery is how soon a watch tells what changed.
	lookEvery = 500 * time.Millisecond
)

// Check returns the entries of each number.
func (q Query) Check(ctx context.Context, caller Caller, numbers []string) ([][]Checked, error) {
	if wait, ok := q.Allowance.Take(caller.ID, len(numbers)); !ok {
		return nil, limited(wait)
	}
	whole := make([]string, len(numbers))
	for i, n := range numbers {
		whole[i] = strings.ToUpper(domain.Compact(n))
	}
	return q.Store.CheckNumbers(ctx, caller.Scope, whole)
}

// Changes returns what changed after a place.
func (q Query) Changes(ctx context.Context, caller Caller, after FeedPlace, size int) (FeedPage, error) {
	if size == 0 {
		size = feedPage
	}
	if wait, ok := q.Allowance.Take(caller.ID, 1); !ok {
		return FeedPage{}, limited(wait)
	}
	return q.Store.ListFeed(ctx, caller.Scope, after, size)
}

// Watch sends what changed after a place and then what changes, until the time for one
// watch is over. It sends the first page at once, though it be empty: the place is of use.
func (q Query) Watch(ctx context.Context, caller Caller, after FeedPlace, send func(FeedPage) error) error {
	if wait, ok := q.Allowance.Take(caller.ID, 1); !ok {
		return limited(wait)
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	end := time.NewTimer(watchFor)
	defer end.Stop()
	for first := true; ; first = false {
		page, err := q.Store.ListFeed(ctx, caller.Scope, after, feedPage)
		if err != nil {
			return err
		}
		if len(page.Changes) > 0 || first {
			if err := send(page); err != nil {
				return err
			}
		}
		after = page.Next
		if page.More {
			continue
		}
		select {
		case <-look.C:
		case <-end.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func limited(wait time.Duration) error {
	return fault.New(fault.Exhausted, "RATE_LIMITED", "查询过于频繁，请稍后再试").
		With("retry_after_seconds", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}
