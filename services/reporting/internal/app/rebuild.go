package app

import (
	"context"
	"log/slog"
)

// Mended is what was wrong with the facts, by what the events tell.
type Mended struct {
	// Sequence is the position in the stream up to which it was read.
	Sequence uint64
	// Missing facts are told by events and were not there, different ones said otherwise, and
	// untold ones no event tells.
	Missing, Different, Untold int64
	// Entries are those whose present state was not what their facts say.
	Entries int64
}

// Sound reports whether there was nothing to mend.
func (m Mended) Sound() bool { return m.Missing+m.Different+m.Untold+m.Entries == 0 }

// Mending says what is to be done about what is wrong.
type Mending struct {
	// CheckOnly leaves all as it is.
	CheckOnly bool
	// RemoveUntold removes what no event tells.
	RemoveUntold bool
}

// Told is a scratch place that the facts can be compared with.
type Told interface {
	FactStore
	// Mend compares what was applied here with the facts, while none is applied there, and makes
	// them equal, all or nothing. catchUp applies here what was told meanwhile, and returns the
	// position that it came to.
	Mend(ctx context.Context, how Mending, catchUp func(FactStore) (uint64, error)) (Mended, error)
}

// RebuildStore lends a scratch place beside the facts.
type RebuildStore interface {
	WithTold(ctx context.Context, fn func(Told) error) error
}

// Rebuild makes the facts what the events tell.
type Rebuild struct {
	Store RebuildStore
	// Replay applies the events after a position to a store, up to the newest, and returns its
	// position.
	Replay  func(ctx context.Context, to FactStore, after uint64) (last uint64, err error)
	Applied Applied
	Log     *slog.Logger
}

// Do reads the stream from its first event on, and mends the facts by it.
func (u Rebuild) Do(ctx context.Context, how Mending) (mended Mended, err error) {
	err = u.Store.WithTold(ctx, func(told Told) error {
		last, err := u.Replay(ctx, told, 0)
		if err != nil {
			return err
		}
		// What is on its way only is not missing.
		if err := u.Applied.WaitApplied(ctx, last); err != nil {
			return err
		}
		mended, err = told.Mend(ctx, how, func(to FactStore) (uint64, error) { return u.Replay(ctx, to, last) })
		return err
	})
	if err != nil {
		return Mended{}, err
	}
	level, message := slog.LevelInfo, "the figures are what the events tell"
	if !mended.Sound() {
		level, message = slog.LevelWarn, "the figures were not what the events tell"
	}
	u.Log.Log(ctx, level, message, "check_only", how.CheckOnly, "remove_untold", how.RemoveUntold, "missing", mended.Missing,
		"different", mended.Different, "untold", mended.Untold, "entries", mended.Entries, "sequence", mended.Sequence)
	return mended, nil
}
