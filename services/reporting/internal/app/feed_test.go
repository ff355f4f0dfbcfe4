package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

type told []app.FeedEvent

// Follow implements app.Feed.
func (t told) Follow(ctx context.Context, from app.FeedPlace, handle func(app.FeedEvent) error) error {
	for _, e := range t {
		if e.Position > from.After {
			if err := handle(e); err != nil {
				return err
			}
		}
	}
	<-ctx.Done()
	return nil
}

// An account reads of its own region, and of Baoxue's people nothing; the cursor goes on after what
// it was not shown, too.
func TestASubscriptionIsLimitedToItsRegion(t *testing.T) {
	feed := told{
		{Position: 1, ID: "hangzhou's", Type: "baoxue.event.v1.EntryRouted", Subject: "baoxue.ledger.v1.entry_routed.330106"},
		{Position: 2, ID: "wenzhou's", Type: "baoxue.event.v1.OutcomeChanged", Subject: "baoxue.verification.v1.outcome_changed.330302"},
		{Position: 3, ID: "the queue's", Type: "baoxue.event.v1.EntryRouted", Subject: "baoxue.ledger.v1.entry_routed.none"},
		{Position: 4, ID: "divisions", Type: app.RegionsChanged, Subject: "baoxue.regionauth.v1.regions_changed.330000"},
		{Position: 5, ID: "a user's", Type: "baoxue.event.v1.UserDisabled", Subject: "baoxue.regionauth.v1.user_disabled.330106"},
	}
	for name, test := range map[string]struct {
		scope app.Scope
		types []string
		want  []string
	}{
		"province":  {scope: app.Scope{Level: domain.LevelProvince, Region: "330000"}, want: []string{"hangzhou's", "wenzhou's", "the queue's", "divisions"}},
		"city":      {scope: app.Scope{Level: domain.LevelCity, Region: "330100"}, want: []string{"hangzhou's", "divisions"}},
		"county":    {scope: app.Scope{Level: domain.LevelCounty, Region: "330302"}, want: []string{"wenzhou's", "divisions"}},
		"one type":  {scope: app.Scope{Level: domain.LevelProvince, Region: "330000"}, types: []string{"baoxue.event.v1.OutcomeChanged"}, want: []string{"wenzhou's"}},
		"no region": {},
	} {
		var got []string
		last, err := app.Subscribe{Feed: feed, For: time.Millisecond}.Do(t.Context(), test.scope, app.FeedPlace{}, test.types, func(e app.FeedEvent) error {
			got = append(got, e.ID)
			return nil
		})
		if err != nil || last != 5 || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q up to %d, %v", name, got, last, err)
		}
	}
}

// A type that nobody publishes, or that concerns nobody else, never comes: who asks for it is told.
func TestASubscriptionToWhatIsNotPublishedIsRefused(t *testing.T) {
	types := []string{"baoxue.event.v1.OutcomeChanged", "baoxue.event.v1.UserDisabled", "OutcomeChanged"}
	_, err := app.Subscribe{Feed: told{}, For: time.Millisecond}.Do(t.Context(), app.Scope{Level: domain.LevelProvince, Region: "330000"}, app.FeedPlace{}, types, nil)
	f := fault.As(err)
	if f == nil || f.Reason != "SUBSCRIPTION_INVALID" || len(f.Violations) != 2 || f.Violations[0].Field != "types[1]" || f.Violations[1].Field != "types[2]" {
		t.Errorf("answered %+v", f)
	}
}
