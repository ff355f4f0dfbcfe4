package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

// Scratch is an empty place for facts, gone afterwards.
type Scratch interface {
	FactStore
	Figures
}

// RerunStore lends a scratch place beside the live facts.
type RerunStore interface {
	Snapshots(ctx context.Context) ([]Snapshot, error)
	WithScratch(ctx context.Context, fn func(Scratch) error) error
}

// Rerun counts stored snapshots again from the first event on.
type Rerun struct {
	Store     RerunStore
	Divisions Divisions
	// Replay applies the stream to a store, from its first event to its newest, and calls reached
	// when all up to a stop are applied and none after it; stops are positions in their order.
	Replay func(ctx context.Context, to FactStore, stops []uint64, reached func(stop uint64) error) error
	Log    *slog.Logger
}

// Recount is a stored snapshot and the digest of its figures counted again.
type Recount struct {
	Snapshot Snapshot
	Digest   string
}

// Equal reports whether the events still say what the snapshot says.
func (r Recount) Equal() bool { return r.Digest == r.Snapshot.Digest }

// Months counts each month's snapshot again, newest month first, and changes nothing. Each is
// counted from the events that it was made of: what arrived later is a correction's.
func (u Rerun) Months(ctx context.Context) (recounts []Recount, err error) {
	snapshots, err := u.Store.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	err = u.Store.WithScratch(ctx, func(scratch Scratch) error {
		recounts = make([]Recount, len(snapshots))
		return u.Replay(ctx, scratch, stopsOf(snapshots), func(stop uint64) error {
			for i, s := range snapshots {
				if s.Sequence != stop {
					continue
				}
				digest, err := u.count(ctx, scratch, s)
				if err != nil {
					return err
				}
				if recounts[i] = (Recount{Snapshot: s, Digest: digest}); !recounts[i].Equal() {
					u.Log.ErrorContext(ctx, "the events say otherwise than a stored snapshot", "month", s.Month.String(),
						"number", s.Number, "stored", s.Digest, "recounted", digest)
				}
			}
			return nil
		})
	})
	return recounts, err
}

// stopsOf are the positions at which the snapshots were made, in their order and each once.
func stopsOf(snapshots []Snapshot) []uint64 {
	stops := make([]uint64, len(snapshots))
	for i, s := range snapshots {
		stops[i] = s.Sequence
	}
	slices.Sort(stops)
	return slices.Compact(stops)
}

func (u Rerun) count(ctx context.Context, scratch Scratch, s Snapshot) (digest string, err error) {
	regions, err := u.Divisions.AsOf(ctx, s.Cutoff.Add(-time.Microsecond))
	if err != nil {
		return "", err
	}
	buckets, err := scratch.Buckets(ctx, AsOfCutoff(s.Month.Start(), s.Cutoff))
	if err != nil {
		return "", err
	}
	table, err := domain.Table(buckets, regions)
	if err != nil {
		return "", err
	}
	return domain.Digest(s.Month, s.Cutoff, s.Definitions, table), nil
}
