package server

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Reviews implements ReviewService.
type Reviews struct {
	verificationv1.UnimplementedReviewServiceServer
	UseCase app.Reviews
}

var reviewStates = map[domain.ReviewState]verificationv1.ReviewState{
	domain.ReviewOpen:      verificationv1.ReviewState_REVIEW_OPEN,
	domain.ReviewConfirmed: verificationv1.ReviewState_REVIEW_CONFIRMED,
	domain.ReviewReturned:  verificationv1.ReviewState_REVIEW_RETURNED,
	domain.ReviewLapsed:    verificationv1.ReviewState_REVIEW_LAPSED,
}

// CreateReviewSample implements ReviewService.
func (s *Reviews) CreateReviewSample(ctx context.Context, req *verificationv1.CreateReviewSampleRequest) (*verificationv1.CreateReviewSampleResponse, error) {
	sample, err := s.UseCase.Draw(ctx, app.Drawing{
		Scope: scopeFrom(ctx).Within(regionScope(req.GetRegion())), Region: cmp.Or(req.GetRegion(), rpc.IdentityFrom(ctx).Region),
		Code: req.GetCode(), Month: req.GetMonth(), Size: int(req.GetSize()), Author: authorFrom(ctx),
	}, req.Seed)
	if err != nil {
		return nil, err
	}
	return &verificationv1.CreateReviewSampleResponse{Sample: sampleProto(sample)}, nil
}

// ListReviewSamples implements ReviewService.
func (s *Reviews) ListReviewSamples(ctx context.Context, req *verificationv1.ListReviewSamplesRequest) (*verificationv1.ListReviewSamplesResponse, error) {
	if err := checkIDToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	samples, err := s.UseCase.Store.Samples(ctx, scopeFrom(ctx), req.GetPageToken(), size)
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListReviewSamplesResponse{}
	for i, sample := range samples {
		if i == size-1 {
			resp.NextPageToken = samples[i-1].ID
			break
		}
		resp.Samples = append(resp.Samples, sampleProto(sample))
	}
	return resp, nil
}

// ListReviews implements ReviewService.
func (s *Reviews) ListReviews(ctx context.Context, req *verificationv1.ListReviewsRequest) (*verificationv1.ListReviewsResponse, error) {
	reviews, err := s.UseCase.Store.Reviews(ctx, scopeFrom(ctx), req.GetSampleId())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListReviewsResponse{Reviews: make([]*verificationv1.Review, len(reviews))}
	for i, r := range reviews {
		resp.Reviews[i] = reviewProto(r)
	}
	return resp, nil
}

// GetReview implements ReviewService.
func (s *Reviews) GetReview(ctx context.Context, req *verificationv1.GetReviewRequest) (*verificationv1.GetReviewResponse, error) {
	r, err := s.UseCase.Store.Review(ctx, scopeFrom(ctx), req.GetId())
	if err != nil {
		return nil, err
	}
	f, review := r.Evidence, reviewProto(r)
	review.Evidence = &verificationv1.ReviewEvidence{
		SchoolRegion: f.SchoolRegion, School: f.School, Witness: f.Witness, WitnessDate: f.WitnessDate, Explanation: f.Explanation,
	}
	return &verificationv1.GetReviewResponse{Review: review}, nil
}

// ConfirmReview implements ReviewService.
func (s *Reviews) ConfirmReview(ctx context.Context, req *verificationv1.ConfirmReviewRequest) (*verificationv1.ConfirmReviewResponse, error) {
	r, err := s.UseCase.Decide(ctx, scopeFrom(ctx), req.GetId(), authorFrom(ctx), domain.Decision{
		Confirm: true, Revision: int64(req.GetRevision()), JudgedCode: req.GetJudgedCode(),
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.ConfirmReviewResponse{Review: reviewProto(r)}, nil
}

// ReturnReview implements ReviewService.
func (s *Reviews) ReturnReview(ctx context.Context, req *verificationv1.ReturnReviewRequest) (*verificationv1.ReturnReviewResponse, error) {
	r, err := s.UseCase.Decide(ctx, scopeFrom(ctx), req.GetId(), authorFrom(ctx), domain.Decision{
		Revision: int64(req.GetRevision()), JudgedCode: req.GetJudgedCode(), Reason: req.GetReason(),
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.ReturnReviewResponse{Review: reviewProto(r)}, nil
}

// GetOverturnRates implements ReviewService.
func (s *Reviews) GetOverturnRates(ctx context.Context, req *verificationv1.GetOverturnRatesRequest) (*verificationv1.GetOverturnRatesResponse, error) {
	rates, err := s.UseCase.Store.OverturnRates(ctx, scopeFrom(ctx).Within(regionScope(req.GetRegion())))
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.GetOverturnRatesResponse{Rates: make([]*verificationv1.OverturnRate, len(rates))}
	for i, r := range rates {
		resp.Rates[i] = &verificationv1.OverturnRate{CountyCode: r.CountyCode, Code: r.Code, Decided: int32(r.Decided), Returned: int32(r.Returned)}
	}
	return resp, nil
}

func sampleProto(s domain.Sample) *verificationv1.ReviewSample {
	return &verificationv1.ReviewSample{
		Id: s.ID, Region: s.Region, Code: s.Code, Month: s.Month, Size: int32(s.Size), Seed: s.Seed, Population: int32(s.Population),
		Drawn: int32(s.Drawn), Open: int32(s.Open), Author: s.Author, CreateTime: timestamppb.New(s.At),
	}
}

func reviewProto(r domain.Review) *verificationv1.Review {
	p := &verificationv1.Review{
		Id: r.ID, SampleId: r.SampleID, EntryId: r.EntryID, CountyCode: r.CountyCode, State: reviewStates[r.State],
		Revision: int32(r.Revision), Code: r.Code, Author: r.Author, JudgedCode: r.JudgedCode, Reason: r.Reason, Reviewer: r.Reviewer,
	}
	if !r.DecidedAt.IsZero() {
		p.DecideTime = timestamppb.New(r.DecidedAt)
	}
	return p
}
