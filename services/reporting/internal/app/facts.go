// Package app holds reporting's use cases.
package app

import (
	"context"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

// Routing says where an entry is handled since when.
type Routing struct {
	EntryID string
	Version int64
	County  string
	Source  domain.Source
	At      time.Time
}

// Outcome is one revision of an entry's outcome.
type Outcome struct {
	EntryID  string
	Revision int64
	Code     string
	At       time.Time
}

// Work is the state of what remains to be done about an entry, after one change of it.
type Work struct {
	EntryID                     string
	Version                     int64
	Closed, GivenBack, DutyOpen bool
	// DueOn is the last day of the earliest deadline, yyyy-mm-dd; empty without one.
	DueOn string
	At    time.Time
}

// Facts are what a batch of events told.
type Facts struct {
	Routings []Routing
	Outcomes []Outcome
	Works    []Work
}

// EntryIDs are the entries that something was told of.
func (f Facts) EntryIDs() []string {
	ids := make([]string, 0, len(f.Routings)+len(f.Outcomes)+len(f.Works))
	for _, r := range f.Routings {
		ids = append(ids, r.EntryID)
	}
	for _, o := range f.Outcomes {
		ids = append(ids, o.EntryID)
	}
	for _, w := range f.Works {
		ids = append(ids, w.EntryID)
	}
	return ids
}

// FactStore keeps what the events told.
type FactStore interface {
	// Apply keeps the facts in one transaction; known ones change nothing.
	Apply(ctx context.Context, facts Facts) error
}

// AsOf says for when figures are counted.
type AsOf struct {
	// MonthStart is the first instant of what is of the month.
	MonthStart time.Time
	// Only what happened before the Cutoff counts.
	Cutoff time.Time
	// At is when deadlines are looked at: the cut-off, or now while that is still to come.
	At time.Time
}

// AsOfCutoff counts a month up to a cut-off that has come.
func AsOfCutoff(monthStart, cutoff time.Time) AsOf {
	return AsOf{MonthStart: monthStart, Cutoff: cutoff, At: cutoff}
}

// Figures counts the facts as of an instant.
type Figures interface {
	Buckets(ctx context.Context, asOf AsOf) ([]domain.Bucket, error)
}

// Divisions are the administrative divisions of the province.
type Divisions interface {
	// AsOf returns cities and counties as they were on a day.
	AsOf(ctx context.Context, day time.Time) ([]domain.Region, error)
}
