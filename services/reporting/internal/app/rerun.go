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
	CorrectionStore
	Snapshots(ctx context.Context) ([]Snapshot, error)
	WithScratch(ctx context.Context, fn func(Scratch) error) error
}

// Rerun counts stored snapshots and their corrections again from the first event on.
type Rerun struct {
	Store     RerunStore
	Divisions Divisions
	// Replay applies the stream to a store, from its first event to its newest, and calls reached
	// when all up to a stop are applied and none after it; stops are positions in their order.
	Replay func(ctx context.Context, to FactStore, stops []uint64, reached func(stop uint64) error) error
	Log    *slog.Logger
}

// Recount is a stored snapshot or one of its corrections, and the digest of its figures counted
// again.
type Recount struct {
	Snapshot Snapshot
	// Correction is its number; 0 for the snapshot itself.
	Correction int
	// Stored and Sequence are the digest and the position in the stream of what is counted again.
	Stored   string
	Sequence uint64
	Digest   string
}

// Equal reports whether the events still say what is stored.
func (r Recount) Equal() bool { return r.Digest == r.Stored }

// Months counts each month's snapshot and its corrections again, newest month first, and changes
// nothing. Each is counted from the events that it was made of: what arrived later is the next
// correction's.
func (u Rerun) Months(ctx context.Context) (recounts []Recount, err error) {
	recounts, err = u.stored(ctx)
	if err != nil {
		return nil, err
	}
	err = u.Store.WithScratch(ctx, func(scratch Scratch) error {
		return u.Replay(ctx, scratch, stopsOf(recounts), func(stop uint64) (err error) {
			for i := range recounts {
				r := &recounts[i]
				if r.Sequence != stop {
					continue
				}
				if r.Digest, err = u.count(ctx, scratch, r.Snapshot); err != nil {
					return err
				}
				if !r.Equal() {
					u.Log.ErrorContext(ctx, "the events say otherwise than what is stored of a month", "month", r.Snapshot.Month.String(),
						"number", r.Snapshot.Number, "correction", r.Correction, "stored", r.Stored, "recounted", r.Digest)
				}
			}
			return nil
		})
	})
	return recounts, err
}

// stored is all that can be counted again, each snapshot before its corrections.
func (u Rerun) stored(ctx context.Context) ([]Recount, error) {
	snapshots, err := u.Store.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	var all []Recount
	for _, s := range snapshots {
		all = append(all, Recount{Snapshot: s, Stored: s.Digest, Sequence: s.Sequence})
		corrections, err := u.Store.Corrections(ctx, s.Month)
		if err != nil {
			return nil, err
		}
		for _, c := range corrections {
			all = append(all, Recount{Snapshot: s, Correction: c.Number, Stored: c.Digest, Sequence: c.Sequence})
		}
	}
	return all, nil
}

// stopsOf are the positions at which the figures were counted, in their order and each once.
func stopsOf(recounts []Recount) []uint64 {
	stops := make([]uint64, len(recounts))
	for i, r := range recounts {
		stops[i] = r.Sequence
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
	return domain.Digest(s.Month, s.Cutoff, s.Definitions, table, s.Reviews), nil
}
