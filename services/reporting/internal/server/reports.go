package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// CountyReports implements CountyReportService.
type CountyReports struct {
	reportingv1.UnimplementedCountyReportServiceServer
	Reports app.Reports
}

var reportStates = map[domain.ReportState]reportingv1.ReportState{
	domain.NotReported:  reportingv1.ReportState_NOT_REPORTED,
	domain.Reported:     reportingv1.ReportState_REPORTED,
	domain.ZeroReported: reportingv1.ReportState_ZERO_REPORTED,
}

// ConfirmZeroReport implements CountyReportService.
func (s *CountyReports) ConfirmZeroReport(ctx context.Context, req *reportingv1.ConfirmZeroReportRequest) (*reportingv1.ConfirmZeroReportResponse, error) {
	id := rpc.IdentityFrom(ctx)
	if err := s.Reports.ConfirmZero(ctx, scopeFrom(ctx), req.GetMonth(), id.Subject, id.Name); err != nil {
		return nil, err
	}
	return &reportingv1.ConfirmZeroReportResponse{}, nil
}

// ListCountyReports implements CountyReportService.
func (s *CountyReports) ListCountyReports(ctx context.Context, req *reportingv1.ListCountyReportsRequest) (*reportingv1.ListCountyReportsResponse, error) {
	reports, err := s.Reports.List(ctx, scopeFrom(ctx), req.GetMonth())
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListCountyReportsResponse{}
	for _, r := range reports {
		p := &reportingv1.CountyReport{
			RegionCode: r.Region.Code, RegionName: r.Region.Name, ParentCode: r.Region.Parent, State: reportStates[r.State],
			Total: int32(r.Total), Pending: int32(r.Pending), Changed: int32(r.Changed), Author: r.Zero.Author,
		}
		if r.State == domain.ZeroReported {
			p.ConfirmTime = timestamppb.New(r.Zero.At)
		}
		resp.Reports = append(resp.Reports, p)
	}
	return resp, nil
}

// CorrectMonth implements MonthService.
func (s *Months) CorrectMonth(ctx context.Context, req *reportingv1.CorrectMonthRequest) (*reportingv1.CorrectMonthResponse, error) {
	correction, err := s.Closing.Correct(ctx, req.GetMonth(), req.GetReason(), rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	return &reportingv1.CorrectMonthResponse{Correction: correctionProto(correction)}, nil
}

// ListCorrections implements MonthService.
func (s *Months) ListCorrections(ctx context.Context, req *reportingv1.ListCorrectionsRequest) (*reportingv1.ListCorrectionsResponse, error) {
	corrections, err := s.Show.Corrections(ctx, scopeFrom(ctx), req.GetMonth())
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListCorrectionsResponse{}
	for _, c := range corrections {
		resp.Corrections = append(resp.Corrections, correctionProto(c))
	}
	return resp, nil
}

func correctionProto(c domain.Correction) *reportingv1.Correction {
	p := &reportingv1.Correction{
		Number: int32(c.Number), Snapshot: int32(c.Snapshot), Digest: c.Digest, StreamSequence: c.Sequence, Reason: c.Reason,
		Author: c.Author, CreateTime: timestamppb.New(c.At),
	}
	for _, d := range c.Differences {
		difference := &reportingv1.FigureDifference{
			RegionCode: d.Region.Code, RegionName: d.Region.Name, AllSources: d.Source == domain.AllSources, Figure: d.Figure,
			Before: int32(d.Before), After: int32(d.After),
		}
		if !difference.GetAllSources() {
			difference.Source = ledgerv1.Source(d.Source)
		}
		p.Differences = append(p.Differences, difference)
	}
	return p
}
