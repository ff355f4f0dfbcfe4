package app

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

// Drawing is a sample to draw.
type Drawing struct {
	// Scope is where it is drawn from, Region what was asked for.
	Scope               domain.Scope
	Region, Code, Month string
	From, To            time.Time
	Size                int
	Seed                int64
	Author              domain.Author
}

// ReviewStore keeps samples and reviews.
type ReviewStore interface {
	// DrawSample draws the sample and puts its entries under review, in one transaction.
	DrawSample(ctx context.Context, d Drawing) (domain.Sample, []domain.WorkState, error)
	// Samples are those of the regions in a scope, newest first, before an id.
	Samples(ctx context.Context, scope domain.Scope, before string, most int) ([]domain.Sample, error)
	Reviews(ctx context.Context, scope domain.Scope, sampleID string) ([]domain.Review, error)
	// Review is one with its evidence: the newest finding of its entry.
	Review(ctx context.Context, scope domain.Scope, id string) (domain.Review, error)
	DecideReview(ctx context.Context, scope domain.Scope, id string, reviewer domain.Author, d domain.Decision) (domain.Review, domain.WorkState, error)
	OverturnRates(ctx context.Context, scope domain.Scope) ([]domain.OverturnRate, error)
	// ReviewsAsOf counts what was decided before a cut-off, by where the entry was then.
	ReviewsAsOf(ctx context.Context, cutoff time.Time) ([]domain.OverturnRate, error)
}

// Reviews are the use cases of supervision.
type Reviews struct {
	Store  ReviewStore
	Teller Teller
}

const defaultSample = 20

// Draw draws a sample. A nil seed means that one is chosen; it is recorded either way.
func (u Reviews) Draw(ctx context.Context, d Drawing, seed *int64) (domain.Sample, error) {
	if d.Size == 0 {
		d.Size = defaultSample
	}
	if d.Author.Province {
		// Its own queue is its own work.
		d.Scope = d.Scope.Within(domain.EveryCounty)
	}
	d.From, d.To = time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if d.Month != "" {
		var err error
		if d.From, _, d.To, err = domain.MonthBounds(d.Month, 0); err != nil {
			return domain.Sample{}, err
		}
	}
	if d.Seed = chosenSeed(); seed != nil {
		d.Seed = *seed
	}
	sample, states, err := u.Store.DrawSample(ctx, d)
	if err != nil {
		return domain.Sample{}, fmt.Errorf("drawing a sample: %w", err)
	}
	u.Teller.Changed(ctx, states...)
	return sample, nil
}

func chosenSeed() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.BigEndian.Uint64(b[:]) >> 1)
}

// Decide confirms or returns a finding.
func (u Reviews) Decide(ctx context.Context, scope domain.Scope, id string, reviewer domain.Author, d domain.Decision) (domain.Review, error) {
	// What the caller does not see is missing, whatever else is wrong.
	if _, err := u.Store.Review(ctx, scope, id); err != nil {
		return domain.Review{}, err
	}
	if err := d.Check(); err != nil {
		return domain.Review{}, err
	}
	review, state, err := u.Store.DecideReview(ctx, scope, id, reviewer, d)
	if err == nil {
		u.Teller.Changed(ctx, state)
	}
	return review, err
}
