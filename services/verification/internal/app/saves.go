package app

import (
	"context"
	"log/slog"
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
	// Telling of many costs less for each, and no one waits for a disk.
	mostTold = 256
	// The inline projection is a courtesy to the clerk's next list: it may not hold
	// up a save that is already committed.
	projectWithin = 2 * time.Second
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

// Projector tells the ledger of saved findings at once, so that the clerk's next list
// shows them.
type Projector struct {
	tellings *gather.Gatherer[Saved, struct{}]
	log      *slog.Logger
}

// NewProjector returns one that tells together what is saved together.
func NewProjector(ledger Ledger, log *slog.Logger) Projector {
	return Projector{log: log, tellings: gather.New(gather.Options[Saved, struct{}]{
		Workers: savers, Enough: enoughSaves, Most: mostTold, Within: projectWithin,
		Do: func(ctx context.Context, saved []Saved) ([]gather.Answer[struct{}], error) {
			return make([]gather.Answer[struct{}], len(saved)), ledger.Project(ctx, saved)
		},
	})}
}

// Tell has no vote: the findings are committed, and their events repair what is missed
// here. It warns once, of however many.
func (p Projector) Tell(ctx context.Context, saved ...Saved) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), projectWithin)
	defer cancel()
	var untold []Saved
	var cause error
	for i, told := range p.tellings.DoAll(ctx, saved) {
		if told.Err != nil {
			untold, cause = append(untold, saved[i]), told.Err
		}
	}
	if cause != nil {
		p.log.WarnContext(ctx, "ledger not told inline, the events will", "entry", untold[0].Finding.EntryID,
			"revision", untold[0].Finding.Revision, "untold", len(untold), "error", cause)
	}
}
