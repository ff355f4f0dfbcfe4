package app

import (
	"context"
	"time"
)

// Place says who handles an entry, by the ledger.
type Place struct {
	EntryID, CountyCode string
	Source              int16
	// Version is the position in the entry's routing history.
	Version int64
	At      time.Time
}

// PlaceStore keeps the places.
type PlaceStore interface {
	// ApplyPlaces moves the places forwards: repeating it, or applying an older version,
	// changes nothing.
	ApplyPlaces(ctx context.Context, places []Place) error
}
