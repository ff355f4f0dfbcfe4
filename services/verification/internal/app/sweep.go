package app

import (
	"context"
	"log/slog"
	"time"

	"baoxue.internal/pkg/lifecycle"
)

const (
	sweepEvery = time.Hour
	// A file is stored before its row, within one call; after this long no row will follow.
	sweepAfter = time.Hour
	sweepBatch = 1000
)

// Sweep removes files that never became evidence: their upload failed, or was cut off,
// after the file was stored.
type Sweep struct {
	Store EvidenceStore
	Files Files
	Now   func() time.Time
	Log   *slog.Logger
}

// Run sweeps until the context ends. What fails is tried again.
func (u Sweep) Run(ctx context.Context) error {
	return lifecycle.Every(ctx, sweepEvery, u.Log, "files without evidence not removed, will be tried again", func(ctx context.Context) error {
		removed, err := u.Once(ctx)
		if removed > 0 {
			u.Log.InfoContext(ctx, "files without evidence removed", "files", removed)
		}
		return err
	})
}

// Once sweeps, and tells how many files it removed. The files are listed before the rows
// are looked for, so that a row that comes meanwhile is seen.
func (u Sweep) Once(ctx context.Context) (removed int, err error) {
	ids, err := u.Files.StoredBefore(ctx, u.Now().Add(-sweepAfter))
	if err != nil {
		return 0, err
	}
	for len(ids) > 0 {
		some := ids[:min(sweepBatch, len(ids))]
		ids = ids[len(some):]
		known, err := u.Store.KnownFiles(ctx, some)
		if err != nil {
			return removed, err
		}
		for _, id := range some {
			if known[id] {
				continue
			}
			if err := u.Files.Delete(ctx, id); err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, nil
}
