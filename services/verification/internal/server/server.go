// Package server translates between the contract and the use cases; it holds no
// rule.
package server

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Findings implements FindingService.
type Findings struct {
	verificationv1.UnimplementedFindingServiceServer
	UseCase app.Findings
}

// SubmitFinding implements FindingService.
func (s *Findings) SubmitFinding(ctx context.Context, req *verificationv1.SubmitFindingRequest) (*verificationv1.SubmitFindingResponse, error) {
	saved, err := s.UseCase.Submit(ctx, authorFrom(ctx), submissionOf(req))
	if err != nil {
		return nil, err
	}
	return &verificationv1.SubmitFindingResponse{Finding: findingProto(saved)}, nil
}

// SubmitFindings implements FindingService.
func (s *Findings) SubmitFindings(ctx context.Context, req *verificationv1.SubmitFindingsRequest) (*verificationv1.SubmitFindingsResponse, error) {
	submissions := make([]app.Submission, len(req.GetFindings()))
	for i, f := range req.GetFindings() {
		submissions[i] = submissionOf(f)
	}
	answers, err := s.UseCase.SubmitAll(ctx, authorFrom(ctx), submissions)
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.SubmitFindingsResponse{Results: make([]*verificationv1.SubmitFindingsResult, len(answers))}
	for i, a := range answers {
		result := &verificationv1.SubmitFindingsResult{}
		if a.Err != nil {
			// What nobody classified is not this finding's fault: it fails the call.
			f := fault.As(a.Err)
			if f == nil || f.Kind == fault.Internal {
				return nil, a.Err
			}
			result.Result = &verificationv1.SubmitFindingsResult_Failure{Failure: failureProto(f)}
		} else {
			result.Result = &verificationv1.SubmitFindingsResult_Finding{Finding: findingProto(a.Value)}
		}
		resp.Results[i] = result
	}
	return resp, nil
}

func failureProto(f *fault.Error) *verificationv1.FindingFailure {
	p := &verificationv1.FindingFailure{Reason: f.Reason, Message: f.Message, Metadata: f.Metadata}
	for _, v := range f.Violations {
		p.Violations = append(p.Violations, &verificationv1.FindingViolation{Field: v.Field, Reason: v.Reason, Message: v.Message})
	}
	return p
}

// ListFindings implements FindingService.
func (s *Findings) ListFindings(ctx context.Context, req *verificationv1.ListFindingsRequest) (*verificationv1.ListFindingsResponse, error) {
	findings, err := s.UseCase.List(ctx, req.GetEntryId())
	if err != nil {
		return nil, err
	}
	return &verificationv1.ListFindingsResponse{Findings: findingsProto(findings)}, nil
}

// ListFindingCodes implements FindingService.
func (s *Findings) ListFindingCodes(ctx context.Context, _ *verificationv1.ListFindingCodesRequest) (*verificationv1.ListFindingCodesResponse, error) {
	codes, err := s.UseCase.Standard.Codes(ctx, s.UseCase.Now().In(domain.Shanghai))
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListFindingCodesResponse{}
	for _, c := range codes {
		resp.Codes = append(resp.Codes, &verificationv1.FindingCode{
			Code: c.Code, Name: c.Name, Explanation: c.Explanation, Action: verificationv1.Action(c.Action),
			ValidFrom: c.ValidFrom.Format(time.DateOnly),
		})
	}
	return resp, nil
}

// LoadStandard implements FindingService.
func (s *Findings) LoadStandard(ctx context.Context, req *verificationv1.LoadStandardRequest) (*verificationv1.LoadStandardResponse, error) {
	codes := make([]domain.Code, len(req.GetCodes()))
	for i, c := range req.GetCodes() {
		codes[i] = domain.Code{Code: c.GetCode(), Name: c.GetName(), Explanation: c.GetExplanation(), Action: domain.Action(c.GetAction())}
	}
	if err := s.UseCase.Standard.Load(ctx, req.GetValidFrom(), codes); err != nil {
		return nil, err
	}
	resp := &verificationv1.LoadStandardResponse{Codes: req.GetCodes()}
	for _, c := range resp.GetCodes() {
		c.ValidFrom = req.GetValidFrom()
	}
	return resp, nil
}

// Barrier tells the stream position after everything that happened so far.
type Barrier interface {
	Barrier(ctx context.Context) (sequence uint64, asOf time.Time, err error)
}

// Outcomes implements OutcomeService, for Baoxue's own services.
type Outcomes struct {
	verificationv1.UnimplementedOutcomeServiceServer
	Store   app.Store
	Reviews app.ReviewStore
	Barrier Barrier
}

// GetWatermark implements OutcomeService.
func (s *Outcomes) GetWatermark(ctx context.Context, _ *verificationv1.GetWatermarkRequest) (*verificationv1.GetWatermarkResponse, error) {
	sequence, asOf, err := s.Barrier.Barrier(ctx)
	if err != nil {
		return nil, err
	}
	return &verificationv1.GetWatermarkResponse{StreamSequence: sequence, AsOfTime: timestamppb.New(asOf)}, nil
}

// StreamNewestFindings implements OutcomeService.
func (s *Outcomes) StreamNewestFindings(stream grpc.BidiStreamingServer[verificationv1.StreamNewestFindingsRequest, verificationv1.StreamNewestFindingsResponse]) error {
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		findings, err := s.Store.NewestFindings(stream.Context(), req.GetEntryIds())
		if err != nil {
			return err
		}
		if err := stream.Send(&verificationv1.StreamNewestFindingsResponse{Findings: findingsProto(findings)}); err != nil {
			return err
		}
	}
}

// CountReviews implements OutcomeService.
func (s *Outcomes) CountReviews(ctx context.Context, req *verificationv1.CountReviewsRequest) (*verificationv1.CountReviewsResponse, error) {
	counts, err := s.Reviews.ReviewsAsOf(ctx, req.GetCutoffTime().AsTime())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.CountReviewsResponse{Counts: make([]*verificationv1.ReviewCount, len(counts))}
	for i, c := range counts {
		resp.Counts[i] = &verificationv1.ReviewCount{CountyCode: c.CountyCode, Code: c.Code, Decided: int32(c.Decided), Returned: int32(c.Returned)}
	}
	return resp, nil
}

func submissionOf(req *verificationv1.SubmitFindingRequest) app.Submission {
	form := formOf(req)
	if c := req.GetCorrection(); c != nil {
		form.Correction = domain.Correction{Revision: int64(c.GetRevision()), Reason: c.GetReason()}
	}
	return app.Submission{EntryID: req.GetEntryId(), Form: form, BaseRevision: int64(req.GetBaseRevision()), RequestID: req.GetRequestId()}
}

func formOf(req *verificationv1.SubmitFindingRequest) domain.Form {
	switch form := req.GetForm().(type) {
	case *verificationv1.SubmitFindingRequest_Enrolled:
		f := form.Enrolled
		return domain.Form{
			Action: domain.Enrolled, Code: f.GetCode(), SchoolRegion: f.GetSchoolRegion(), School: f.GetSchool(),
			Witness: f.GetWitness(), WitnessDate: f.GetWitnessDate(), Explanation: f.GetExplanation(),
			NationalStudentNumber: f.GetNationalStudentNumber(),
		}
	case *verificationv1.SubmitFindingRequest_Dropout:
		f := form.Dropout
		return domain.Form{
			Action: domain.Dropout, Code: f.GetCode(), Witness: f.GetWitness(), WitnessDate: f.GetWitnessDate(),
			Explanation: f.GetExplanation(), CurrentSituation: f.GetCurrentSituation(),
			FamilySituation: f.GetFamilySituation(), ParentContact: f.GetParentContact(),
		}
	case *verificationv1.SubmitFindingRequest_Unconfirmed:
		f := form.Unconfirmed
		// The code is fixed (notice §四 step four).
		return domain.Form{
			Action: domain.Unconfirmed, Code: "99", Witness: f.GetWitness(), WitnessDate: f.GetWitnessDate(),
			Explanation: f.GetExplanation(),
		}
	}
	return domain.Form{}
}

func findingsProto(findings []domain.Finding) []*verificationv1.Finding {
	protos := make([]*verificationv1.Finding, len(findings))
	for i, f := range findings {
		protos[i] = findingProto(f)
	}
	return protos
}

func findingProto(f domain.Finding) *verificationv1.Finding {
	return &verificationv1.Finding{
		Id: f.ID, EntryId: f.EntryID, Revision: int32(f.Revision), Action: verificationv1.Action(f.Action), Code: f.Code,
		SchoolRegion: f.SchoolRegion, School: f.School, Witness: f.Witness, WitnessDate: f.WitnessDate,
		Explanation: f.Explanation, CurrentSituation: f.CurrentSituation, FamilySituation: f.FamilySituation,
		ParentContact: f.ParentContact, NationalStudentNumber: f.NationalStudentNumber, Author: f.Author,
		CreateTime: timestamppb.New(f.At), CodeName: f.CodeName, StandardFrom: f.StandardFrom.Format(time.DateOnly),
		CorrectsRevision: int32(f.Correction.Revision), CorrectionReason: f.Correction.Reason,
	}
}
