package app

import (
	"time"

	"baoxue.internal/pkg/gather"
)

const (
	// While one batch waits for the disk another is written, if it is worth its own.
	savers      = 2
	enoughSaves = 48
	// A larger batch would make its first finding wait for its last.
	mostSaves  = 128
	saveWithin = 20 * time.Second
)

// Saves puts findings that are saved at the same moment into one transaction. Two of one
// entry never share one: the second waits, and meets the first as its newest revision.
type Saves = *gather.Gatherer[Save, Saved]

// NewSaves gathers for a store.
func NewSaves(store Store) Saves {
	return gather.New(gather.Options[Save, Saved]{
		Workers: savers, Enough: enoughSaves, Most: mostSaves, Within: saveWithin,
		Key: func(s Save) string { return s.Entry.ID }, Do: store.SaveAll,
	})
}
