package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Works implements WorkService.
type Works struct {
	verificationv1.UnimplementedWorkServiceServer
	UseCase app.Works
}

var (
	dutyProtos = map[domain.Duty]verificationv1.Duty{
		domain.CreateRecord: verificationv1.Duty_CREATE_RECORD,
		domain.ChangeStatus: verificationv1.Duty_CHANGE_STATUS,
		domain.DutyDone:     verificationv1.Duty_DUTY_DONE,
	}
	dueKinds = map[verificationv1.DueKind]domain.DueKind{
		verificationv1.DueKind_DUE_RETURNED:    domain.DueReturned,
		verificationv1.DueKind_DUE_PERSUASION:  domain.DuePersuasion,
		verificationv1.DueKind_DUE_UNCONFIRMED: domain.DueUnconfirmed,
		verificationv1.DueKind_DUE_DUTY:        domain.DueDuty,
		verificationv1.DueKind_DUE_FOLLOW_UP:   domain.DueFollowUp,
		verificationv1.DueKind_DUE_VISIT:       domain.DueVisit,
		verificationv1.DueKind_DUE_LEGAL_STEP:  domain.DueLegalStep,
		verificationv1.DueKind_DUE_RECHECK:     domain.DueRecheck,
	}
	dueKindProtos = func() map[domain.DueKind]verificationv1.DueKind {
		protos := map[domain.DueKind]verificationv1.DueKind{}
		for p, k := range dueKinds {
			protos[k] = p
		}
		return protos
	}()
)

// GetWork implements WorkService.
func (s *Works) GetWork(ctx context.Context, req *verificationv1.GetWorkRequest) (*verificationv1.GetWorkResponse, error) {
	d, err := s.UseCase.Detail(ctx, req.GetEntryId())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.GetWorkResponse{Work: workProto(d.WorkState), Tags: tagProtos(d.Tags()), RecordNumberEnding: d.RecordNumberEnding}
	resp.Work.ReturnReason = d.ReturnReason
	for _, f := range d.FollowUps {
		resp.FollowUps = append(resp.FollowUps, &verificationv1.FollowUp{
			Number: int32(f.Number), Date: f.Date.Format(time.DateOnly), InClass: f.InClass, Note: f.Note, Author: f.Author,
			CreateTime: timestamppb.New(f.At),
		})
	}
	for _, c := range d.TagChanges {
		resp.TagChanges = append(resp.TagChanges, &verificationv1.TagChange{Tags: tagProtos(c.Tags), Author: c.Author, CreateTime: timestamppb.New(c.At)})
	}
	for _, r := range d.StatusReports {
		resp.StatusReports = append(resp.StatusReports, &verificationv1.StatusReport{
			InClass: r.InClass, School: r.School, SchoolRegion: r.SchoolRegion, ReportTime: timestamppb.New(r.At),
		})
	}
	return resp, nil
}

// ListDueWork implements WorkService.
func (s *Works) ListDueWork(ctx context.Context, req *verificationv1.ListDueWorkRequest) (*verificationv1.ListDueWorkResponse, error) {
	after, err := readPosition(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	states, err := s.UseCase.Due(ctx, app.DueQuery{
		Scope: scopeFrom(ctx).Within(regionScope(req.GetRegion())), Kind: dueKinds[req.GetKind()], After: after, Most: size,
	}, req.GetOverdue(), int(req.GetWithinDays()))
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListDueWorkResponse{}
	for i, state := range states {
		if i == size-1 {
			last := states[i-1]
			resp.NextPageToken = pageToken(last.DueDay(), last.EntryID)
			break
		}
		resp.Works = append(resp.Works, workProto(state))
	}
	return resp, nil
}

// ListStatusProposals implements WorkService.
func (s *Works) ListStatusProposals(ctx context.Context, req *verificationv1.ListStatusProposalsRequest) (*verificationv1.ListStatusProposalsResponse, error) {
	if err := checkIDToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	proposals, err := s.UseCase.Store.Proposals(ctx, scopeFrom(ctx).Within(regionScope(req.GetRegion())), req.GetPageToken(), size)
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListStatusProposalsResponse{}
	for i, p := range proposals {
		if i == size-1 {
			resp.NextPageToken = proposals[i-1].EntryID
			break
		}
		resp.Proposals = append(resp.Proposals, &verificationv1.StatusProposal{
			EntryId: p.EntryID, CountyCode: p.CountyCode, Code: p.Code, ReportTime: timestamppb.New(p.At),
		})
	}
	return resp, nil
}

// CompleteDuty implements WorkService.
func (s *Works) CompleteDuty(ctx context.Context, req *verificationv1.CompleteDutyRequest) (*verificationv1.CompleteDutyResponse, error) {
	state, err := s.UseCase.CompleteDuty(ctx, authorFrom(ctx), req.GetEntryId(), req.GetRecordNumber())
	if err != nil {
		return nil, err
	}
	return &verificationv1.CompleteDutyResponse{Work: workProto(state)}, nil
}

// RecordFollowUp implements WorkService.
func (s *Works) RecordFollowUp(ctx context.Context, req *verificationv1.RecordFollowUpRequest) (*verificationv1.RecordFollowUpResponse, error) {
	state, err := s.UseCase.RecordFollowUp(ctx, authorFrom(ctx), req.GetEntryId(), domain.FollowUpForm{
		Date: req.GetDate(), InClass: req.GetInClass(), Note: req.GetNote(),
	})
	if err != nil {
		return nil, err
	}
	return &verificationv1.RecordFollowUpResponse{Work: workProto(state)}, nil
}

// SetTags implements WorkService.
func (s *Works) SetTags(ctx context.Context, req *verificationv1.SetTagsRequest) (*verificationv1.SetTagsResponse, error) {
	tags := make([]domain.Tag, len(req.GetTags()))
	for i, t := range req.GetTags() {
		tags[i] = domain.Tag(t)
	}
	if err := s.UseCase.SetTags(ctx, authorFrom(ctx), req.GetEntryId(), tags); err != nil {
		return nil, err
	}
	return &verificationv1.SetTagsResponse{Tags: req.GetTags()}, nil
}

func tagProtos(tags []domain.Tag) (protos []verificationv1.Tag) {
	for _, t := range tags {
		protos = append(protos, verificationv1.Tag(t))
	}
	return protos
}

func workProto(s domain.WorkState) *verificationv1.Work {
	w := &verificationv1.Work{
		EntryId: s.EntryID, Version: s.Version, Code: s.Code, Revision: int32(s.Revision), Returned: s.Returned,
		UnderReview: s.UnderReview, Duty: dutyProtos[s.Duty], Closed: s.Closed(), FollowUpsDone: int32(s.FollowUpsDone),
		Relapses: int32(s.Relapses), RelapsedFromRevision: int32(s.RelapsedFrom), DueOn: s.DueDay(), DueKind: dueKindProtos[s.DueKind],
		CountyCode: s.CountyCode, LegalStep: s.LegalStep,
	}
	if !s.InClassSince.IsZero() {
		w.InClassSince = s.InClassSince.Format(time.DateOnly)
	}
	return w
}
