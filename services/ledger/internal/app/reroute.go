package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/services/ledger/internal/domain"
)

// Split is a county that became several and goes on as one of them.
type Split struct {
	// ChangeID is the change of divisions.
	ChangeID, County string
	// From is the first instant of the new divisions.
	From time.Time
	// Candidates are the counties that it is now, itself included.
	Candidates []string
}

// RerouteStore is what following the divisions needs of the store.
type RerouteStore interface {
	// Counties are the county codes that handle any entry.
	Counties(ctx context.Context) ([]string, error)
	// Reroute moves all entries of a county that is no more to another, or to the
	// province's own queue with the candidates, with their events.
	Reroute(ctx context.Context, county string, to Resolution) (moved int, err error)
	// MarkSplit offers the candidates for the entries from before a split; again
	// for the same change it does nothing.
	MarkSplit(ctx context.Context, s Split) (marked int, err error)
}

// Reroute has the entries follow the divisions: those of a county that is no more
// move to its one successor, or wait in the province's own queue for a person when
// there are several. Whoever runs it, and how often, makes no difference.
type Reroute struct {
	Store   RerouteStore
	Regions Regions
	Now     func() time.Time
	Log     *slog.Logger
}

// Do follows what has changed by now.
func (r Reroute) Do(ctx context.Context) error {
	counties, err := r.Store.Counties(ctx)
	if err != nil {
		return err
	}
	resolved, err := r.Regions.Resolve(ctx, counties)
	if err != nil {
		return err
	}
	for _, county := range counties {
		to := resolved[county]
		if to.Reason == "CURRENT" {
			continue
		}
		moved, err := r.Store.Reroute(ctx, county, to)
		if err != nil {
			return err
		}
		r.Log.InfoContext(ctx, "entries follow a change of divisions", "county", county, "to", to.County, "entries", moved)
	}
	return r.markSplits(ctx)
}

func (r Reroute) markSplits(ctx context.Context) error {
	splits, err := r.Regions.Splits(ctx)
	if err != nil {
		return err
	}
	for _, s := range splits {
		if r.Now().Before(s.From) {
			continue
		}
		marked, err := r.Store.MarkSplit(ctx, s)
		if err != nil {
			return err
		}
		if marked > 0 {
			r.Log.InfoContext(ctx, "entries of a county that was split have candidates", "county", s.County, "entries", marked)
		}
	}
	return nil
}

// candidatesOf are the suggestions that a resolution brings.
func candidatesOf(counties []string) []domain.Suggestion {
	suggestions := make([]domain.Suggestion, len(counties))
	for i, c := range counties {
		suggestions[i] = domain.Suggestion{CountyCode: c, Reason: domain.FromSuccessor}
	}
	return suggestions
}

// flagOfReason is the quality flag that a resolution's reason gives an entry.
var flagOfReason = map[string]domain.Flag{
	"SUCCEEDED": domain.FlagRegionSucceeded, "AMBIGUOUS": domain.FlagRegionAmbiguous,
	"NOT_A_COUNTY": domain.FlagRegionNotACounty, "OTHER_PROVINCE": domain.FlagRegionOtherProvince,
	"UNKNOWN": domain.FlagRegionUnknown, "MISSING": domain.FlagRegionMissing,
}

// Flag is the quality flag that a resolution gives an entry; empty when nothing is odd.
func (r Resolution) Flag() domain.Flag { return flagOfReason[r.Reason] }

// RoutingReason is why an entry is where the resolution leads.
func (r Resolution) RoutingReason() string { return "REGION_" + r.Reason }

// Suggestions are what a resolution offers to a person.
func (r Resolution) Suggestions() []domain.Suggestion { return candidatesOf(r.Candidates) }

// Suggestions are what a split offers to a person.
func (s Split) Suggestions() []domain.Suggestion { return candidatesOf(s.Candidates) }
