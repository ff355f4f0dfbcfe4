package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// FeedEvent is an event as others may read it.
type FeedEvent struct {
	ID, Type, Subject string
	At                time.Time
	Data              []byte
	// Position in the stream.
	Position uint64
}

// FeedPlace is where reading begins: after a position, or at an instant; zero is the beginning.
type FeedPlace struct {
	After uint64
	Since time.Time
}

// Feed is the stream of events.
type Feed interface {
	// Follow hands over every event after a place, and then those that happen, until the context
	// ends.
	Follow(ctx context.Context, from FeedPlace, handle func(FeedEvent) error) error
}

// RegionsChanged concerns everybody: divisions are public.
const RegionsChanged = "baoxue.event.v1.RegionsChanged"

// Published are the events that others may read; who works for Baoxue concerns nobody else.
var Published = []string{
	"baoxue.event.v1.EntryRouted", "baoxue.event.v1.OutcomeChanged", "baoxue.event.v1.WorkChanged",
	"baoxue.event.v1.SupervisionOrderChanged", RegionsChanged,
}

// Subscribe gives events to other systems.
type Subscribe struct {
	Feed Feed
	// For is how long one subscription lasts.
	For time.Duration
}

// Do sends what the account may see after a place, and returns the position to go on after. SUBSCRIPTION_INVALID when
// a type is asked for that is not published.
func (u Subscribe) Do(ctx context.Context, scope Scope, from FeedPlace, types []string, send func(FeedEvent) error) (uint64, error) {
	if err := fault.FromViolations("SUBSCRIPTION_INVALID", "订阅有误，请按提示修改", domain.UnknownEventTypes(types, Published)); err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeout(ctx, u.For)
	defer cancel()
	last := from.After
	err := u.Feed.Follow(limited, from, func(e FeedEvent) error {
		if scope.mayRead(e) && (len(types) == 0 || slices.Contains(types, e.Type)) {
			if err := send(e); err != nil {
				return err
			}
		}
		last = e.Position
		return nil
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return last, err
	}
	return last, ctx.Err()
}

// mayRead tells by the subject's last part, which is a county or the province's own queue.
func (s Scope) mayRead(e FeedEvent) bool {
	if !slices.Contains(Published, e.Type) {
		return false
	}
	if e.Type == RegionsChanged {
		return s.Level != ""
	}
	county := e.Subject[strings.LastIndexByte(e.Subject, '.')+1:]
	switch s.Level {
	case domain.LevelProvince:
		return true
	case domain.LevelCity:
		return len(county) == len(s.Region) && county[:4] == s.Region[:4]
	case domain.LevelCounty:
		return county == s.Region
	}
	return false
}
