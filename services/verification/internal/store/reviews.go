package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
	"baoxue.internal/services/verification/internal/store/db"
)

type drawn struct {
	sample domain.Sample
	states []domain.WorkState
}

// DrawSample implements app.ReviewStore.
func (s *Store) DrawSample(ctx context.Context, d app.Drawing) (domain.Sample, []domain.WorkState, error) {
	result, err := pg.InTxValueOptions(ctx, s.pool, pg.TxOptions{Local: scoped(d.Scope)}, func(tx pgx.Tx) (r drawn, err error) {
		rows, err := db.New(tx).ListReviewable(ctx, db.ListReviewableParams{
			ScopeFrom: d.Scope.From, ScopeTo: d.Scope.To, Code: d.Code, FromTime: d.From, ToTime: d.To, ReviewerID: d.Author.ID,
		})
		if err != nil {
			return r, err
		}
		from := make([]domain.Reviewable, len(rows))
		for i, row := range rows {
			from[i] = domain.Reviewable{EntryID: row.EntryID, CountyCode: row.CountyCode, Code: row.Code}
		}
		chosen := domain.Draw(from, d.Size, d.Seed)
		if len(chosen) == 0 {
			return r, domain.ErrSampleEmpty
		}
		if r.sample, err = insertSample(ctx, tx, d, len(from)); err != nil {
			return r, err
		}
		if r.states, err = s.underReview(ctx, tx, r.sample, chosen); err == nil && len(r.states) == 0 {
			// All of them changed at this moment.
			err = domain.ErrSampleEmpty
		}
		r.sample.Drawn, r.sample.Open = len(r.states), len(r.states)
		return r, err
	})
	if err != nil {
		return domain.Sample{}, nil, err
	}
	s.committed()
	return result.sample, result.states, nil
}

func insertSample(ctx context.Context, tx pgx.Tx, d app.Drawing, population int) (domain.Sample, error) {
	q := db.New(tx)
	id, at, err := stamped(ctx, q)
	if err != nil {
		return domain.Sample{}, err
	}
	row, err := q.InsertSample(ctx, db.InsertSampleParams{
		ID: id, Region: d.Region, Code: d.Code, Month: d.Month, Size: int32(d.Size), Seed: d.Seed, Population: int32(population),
		AuthorID: d.Author.ID, Author: d.Author.Name, CreatedAt: at,
	})
	if err != nil {
		return domain.Sample{}, err
	}
	sample := domain.Sample{
		ID: row.ID, Region: row.Region, Code: row.Code, Month: row.Month, Size: int(row.Size), Seed: row.Seed,
		Population: int(row.Population), Author: row.Author, At: row.CreatedAt,
	}
	return sample, audit.Append(ctx, tx, audit.Record{
		Action: "review.draw", ResourceType: "review_sample", ResourceID: row.ID, Region: d.Region,
		Details: map[string]string{"seed": strconv.FormatInt(d.Seed, 10), "population": strconv.Itoa(population), "size": strconv.Itoa(d.Size)},
	})
}

// underReview locks the chosen entries and puts them under review, but for those that changed, or went to another
// county, since they were chosen.
func (s *Store) underReview(ctx context.Context, tx pgx.Tx, sample domain.Sample, chosen []domain.Reviewable) ([]domain.WorkState, error) {
	q := db.New(tx)
	ids, were := make([]string, len(chosen)), map[string]domain.Reviewable{}
	for i, c := range chosen {
		ids[i], were[c.EntryID] = c.EntryID, c
	}
	heads, err := q.LockHeads(ctx, ids)
	if err != nil {
		return nil, err
	}
	places, err := q.HoldPlaces(ctx, ids)
	if err != nil {
		return nil, err
	}
	counties := map[string]string{}
	for _, p := range places {
		counties[p.EntryID] = p.CountyCode
	}
	var states []domain.WorkState
	for _, head := range heads {
		work, err := workOf(head.EntryID, head.Work)
		if err != nil {
			return nil, err
		}
		county, was := counties[head.EntryID], were[head.EntryID]
		if work.UnderReview || work.Returned || work.Code != was.Code || county != was.CountyCode {
			continue
		}
		id, at, err := stamped(ctx, q)
		if err != nil {
			return nil, err
		}
		if err := q.InsertReview(ctx, db.InsertReviewParams{ID: id, SampleID: sample.ID, EntryID: head.EntryID, CountyCode: county}); err != nil {
			return nil, err
		}
		state, err := s.setWork(ctx, tx, head, county, work.AfterDrawn(), at)
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

// Samples implements app.ReviewStore.
func (s *Store) Samples(ctx context.Context, scope domain.Scope, before string, most int) ([]domain.Sample, error) {
	if before == "" {
		before = uuid.Max.String()
	}
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.ListSamplesRow, error) {
		return q.ListSamples(ctx, db.ListSamplesParams{ScopeFrom: scope.From, ScopeTo: scope.To, Before: before, Most: int32(most)})
	})
	if err != nil {
		return nil, fmt.Errorf("review samples: %w", err)
	}
	samples := make([]domain.Sample, len(rows))
	for i, r := range rows {
		samples[i] = domain.Sample{
			ID: r.ID, Region: r.Region, Code: r.Code, Month: r.Month, Size: int(r.Size), Seed: r.Seed, Population: int(r.Population),
			Drawn: int(r.Drawn), Open: int(r.Open), Author: r.Author, At: r.CreatedAt,
		}
	}
	return samples, nil
}

// Reviews implements app.ReviewStore.
func (s *Store) Reviews(ctx context.Context, scope domain.Scope, sampleID string) ([]domain.Review, error) {
	if _, err := uuid.Parse(sampleID); err != nil {
		return nil, domain.ErrNotFound
	}
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.Review, error) {
		return q.ListReviews(ctx, db.ListReviewsParams{SampleID: sampleID, ScopeFrom: scope.From, ScopeTo: scope.To})
	})
	if err != nil {
		return nil, fmt.Errorf("reviews of %s: %w", sampleID, err)
	}
	if len(rows) == 0 {
		return nil, domain.ErrNotFound
	}
	reviews := make([]domain.Review, len(rows))
	for i, r := range rows {
		if reviews[i], err = s.reviewOf(r); err != nil {
			return nil, err
		}
	}
	return reviews, nil
}

// Review implements app.ReviewStore.
func (s *Store) Review(ctx context.Context, scope domain.Scope, id string) (domain.Review, error) {
	if _, err := uuid.Parse(id); err != nil {
		return domain.Review{}, domain.ErrNotFound
	}
	row, err := inScope(ctx, s, scope, func(q *db.Queries) (db.Review, error) {
		return q.GetReview(ctx, db.GetReviewParams{ID: id, ScopeFrom: scope.From, ScopeTo: scope.To})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Review{}, domain.ErrNotFound
	}
	if err != nil {
		return domain.Review{}, fmt.Errorf("review %s: %w", id, err)
	}
	review, err := s.reviewOf(row)
	if err != nil {
		return domain.Review{}, err
	}
	newest, err := s.NewestFindings(ctx, []string{row.EntryID})
	if err != nil {
		return domain.Review{}, err
	}
	if len(newest) == 0 {
		return domain.Review{}, fmt.Errorf("review %s of an entry without a finding", id)
	}
	switch review.Evidence = newest[0]; {
	case review.State == domain.ReviewOpen:
		review.Revision = newest[0].Revision
	case review.Revision == newest[0].Revision:
		review.Author = newest[0].Author
	}
	return review, nil
}

type decided struct {
	row   db.Review
	state domain.WorkState
}

// DecideReview implements app.ReviewStore.
func (s *Store) DecideReview(ctx context.Context, scope domain.Scope, id string, reviewer domain.Author, d domain.Decision) (domain.Review, domain.WorkState, error) {
	review, err := s.Review(ctx, scope, id)
	if err != nil {
		return domain.Review{}, domain.WorkState{}, err
	}
	result, err := onEntry(ctx, s, review.EntryID, func(tx pgx.Tx, head db.EntryHead) (r decided, err error) {
		q := db.New(tx)
		locked, err := q.LockReview(ctx, id)
		if err != nil {
			return r, err
		}
		switch domain.ReviewState(locked.State) {
		case domain.ReviewOpen:
		case domain.ReviewLapsed:
			return r, domain.ErrReviewLapsed
		default:
			return r, domain.ErrReviewDecided
		}
		newest, err := q.NewestFindings(ctx, []string{head.EntryID})
		if err != nil {
			return r, err
		}
		if len(newest) == 0 {
			return r, domain.ErrNoFindingYet
		}
		finding, err := s.findingOf(newest[0])
		if err != nil {
			return r, err
		}
		if err := d.MayDecide(reviewer, finding); err != nil {
			return r, err
		}
		return s.decide(ctx, tx, head, id, finding, reviewer, d)
	})
	if err != nil {
		return domain.Review{}, domain.WorkState{}, fmt.Errorf("deciding the review %s: %w", id, err)
	}
	author := review.Evidence.Author
	review, err = s.reviewOf(result.row)
	review.Author = author
	return review, result.state, err
}

func (s *Store) decide(ctx context.Context, tx pgx.Tx, head db.EntryHead, id string, f domain.Finding, reviewer domain.Author, d domain.Decision) (r decided, err error) {
	q := db.New(tx)
	work, err := workOf(head.EntryID, head.Work)
	if err != nil {
		return r, err
	}
	at, err := q.Clock(ctx)
	if err != nil {
		return r, err
	}
	state, action := domain.ReviewConfirmed, "review.confirm"
	after := work.AfterConfirmed()
	if !d.Confirm {
		state, action = domain.ReviewReturned, "review.return"
		after = work.AfterReturned(domain.Today(at), s.rules)
	}
	sealed := s.rowFields("review", id)
	reason := sealed.Seal("reason", d.Reason)
	if err := sealed.Err(); err != nil {
		return r, err
	}
	if r.row, err = q.DecideReview(ctx, db.DecideReviewParams{
		ID: id, State: string(state), Revision: f.Revision, Code: f.Code, CountyCode: f.CountyCode, JudgedCode: d.JudgedCode,
		ReasonSealed: reason, ReviewerID: reviewer.ID, Reviewer: reviewer.Name, DecidedAt: &at,
	}); err != nil {
		return r, err
	}
	if r.state, err = s.setWork(ctx, tx, head, f.CountyCode, after, at); err != nil {
		return r, err
	}
	return r, audit.Append(ctx, tx, audit.Record{
		Action: action, ResourceType: "entry", ResourceID: head.EntryID, Region: f.CountyCode, Details: map[string]string{
			"review": id, "revision": strconv.FormatInt(f.Revision, 10), "code": f.Code, "judged": d.JudgedCode,
		},
	})
}

func (s *Store) reviewOf(r db.Review) (domain.Review, error) {
	review := domain.Review{
		ID: r.ID, SampleID: r.SampleID, EntryID: r.EntryID, CountyCode: r.CountyCode, State: domain.ReviewState(r.State),
		Revision: r.Revision, Code: r.Code, JudgedCode: r.JudgedCode, Reviewer: r.Reviewer,
	}
	if r.DecidedAt != nil {
		review.DecidedAt = *r.DecidedAt
	}
	if review.State == domain.ReviewOpen || review.State == domain.ReviewLapsed {
		return review, nil
	}
	sealed := s.rowFields("review", r.ID)
	review.Reason = sealed.Unseal("reason", r.ReasonSealed)
	return review, sealed.Err()
}

// addReturn tells why a review gave the entry back.
func (s *Store) addReturn(ctx context.Context, tx pgx.Tx, d *domain.WorkDetail) error {
	if !d.Returned {
		return nil
	}
	row, err := db.New(tx).LastReturn(ctx, d.EntryID)
	if err != nil {
		return err
	}
	sealed := s.rowFields("review", row.ID)
	d.ReturnReason = sealed.Unseal("reason", row.ReasonSealed)
	return sealed.Err()
}

// OverturnRates implements app.ReviewStore.
func (s *Store) OverturnRates(ctx context.Context, scope domain.Scope) ([]domain.OverturnRate, error) {
	rows, err := inScope(ctx, s, scope, func(q *db.Queries) ([]db.OverturnRatesRow, error) {
		return q.OverturnRates(ctx, db.OverturnRatesParams{ScopeFrom: scope.From, ScopeTo: scope.To})
	})
	if err != nil {
		return nil, fmt.Errorf("overturn rates: %w", err)
	}
	rates := make([]domain.OverturnRate, len(rows))
	for i, r := range rows {
		rates[i] = rateOf(r)
	}
	return rates, nil
}

// ReviewsAsOf implements app.ReviewStore.
func (s *Store) ReviewsAsOf(ctx context.Context, cutoff time.Time) ([]domain.OverturnRate, error) {
	rows, err := inScope(ctx, s, domain.WholeProvince, func(q *db.Queries) ([]db.ReviewsAsOfRow, error) {
		return q.ReviewsAsOf(ctx, cutoff)
	})
	if err != nil {
		return nil, fmt.Errorf("reviews as of %s: %w", cutoff, err)
	}
	counts := make([]domain.OverturnRate, len(rows))
	for i, r := range rows {
		counts[i] = rateOf(db.OverturnRatesRow(r))
	}
	return counts, nil
}

func rateOf(r db.OverturnRatesRow) domain.OverturnRate {
	return domain.OverturnRate{CountyCode: r.CountyCode, Code: r.Code, Decided: int(r.Decided), Returned: int(r.Returned)}
}
