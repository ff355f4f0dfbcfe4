package server

import (
	"context"

	"google.golang.org/grpc"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Enrollment implements EnrollmentService, for the student-record system.
type Enrollment struct {
	verificationv1.UnimplementedEnrollmentServiceServer
	UseCase app.Enrollment
}

// ListOpenDuties implements EnrollmentService.
func (s *Enrollment) ListOpenDuties(ctx context.Context, req *verificationv1.ListOpenDutiesRequest) (*verificationv1.ListOpenDutiesResponse, error) {
	after, err := readPosition(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize())
	duties, err := s.UseCase.OpenDuties(ctx, scopeFrom(ctx).Within(regionScope(req.GetRegion())), after, size)
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListOpenDutiesResponse{}
	for i, d := range duties {
		if i == size-1 {
			last := duties[i-1]
			resp.NextPageToken = pageToken(last.Due, last.EntryID)
			break
		}
		resp.Duties = append(resp.Duties, openDutyProto(d))
	}
	return resp, nil
}

// ConfirmRecord implements EnrollmentService.
func (s *Enrollment) ConfirmRecord(ctx context.Context, req *verificationv1.ConfirmRecordRequest) (*verificationv1.ConfirmRecordResponse, error) {
	if err := s.UseCase.ConfirmRecord(ctx, scopeFrom(ctx), authorFrom(ctx), req.GetEntryId(), req.GetRecordNumber()); err != nil {
		return nil, err
	}
	return &verificationv1.ConfirmRecordResponse{}, nil
}

// ReportStatus implements EnrollmentService.
func (s *Enrollment) ReportStatus(ctx context.Context, req *verificationv1.ReportStatusRequest) (*verificationv1.ReportStatusResponse, error) {
	if err := s.UseCase.ReportStatus(ctx, scopeFrom(ctx), authorFrom(ctx), req.GetEntryId(), domain.StatusReport{
		InClass: req.GetInClass(), School: req.GetSchool(), SchoolRegion: req.GetSchoolRegion(),
	}); err != nil {
		return nil, err
	}
	return &verificationv1.ReportStatusResponse{}, nil
}

// Watch implements EnrollmentService.
func (s *Enrollment) Watch(_ *verificationv1.WatchRequest, stream grpc.ServerStreamingServer[verificationv1.WatchResponse]) error {
	return s.UseCase.Watch(stream.Context(), scopeFrom(stream.Context()), func(d app.OpenDuty) error {
		return stream.Send(&verificationv1.WatchResponse{Duty: openDutyProto(d)})
	}, func() error { return stream.Send(&verificationv1.WatchResponse{}) })
}

func openDutyProto(d app.OpenDuty) *verificationv1.OpenDuty {
	return &verificationv1.OpenDuty{EntryId: d.EntryID, CountyCode: d.CountyCode, Duty: dutyProtos[d.Duty], DueOn: d.Due}
}
