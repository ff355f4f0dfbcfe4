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

// FactStore keeps what the events told.
type FactStore interface {
	// Apply keeps the facts in one transaction; known ones change nothing.
	Apply(ctx context.Context, routings []Routing, outcomes []Outcome) error
}

// Figures counts the facts as of an instant.
type Figures interface {
	Buckets(ctx context.Context, monthStart, cutoff time.Time) ([]domain.Bucket, error)
}

// Divisions are the administrative divisions of the province.
type Divisions interface {
	// AsOf returns cities and counties as they were on a day.
	AsOf(ctx context.Context, day time.Time) ([]domain.Region, error)
}
