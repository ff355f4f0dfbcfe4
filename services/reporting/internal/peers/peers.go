// Package peers calls the services that reporting needs.
package peers

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/proto/selection"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Ledger asks the ledger in reporting's own name.
type Ledger struct {
	client ledgerv1.ProjectionServiceClient
}

// NewLedger returns a client.
func NewLedger(conn grpc.ClientConnInterface) Ledger {
	return Ledger{client: ledgerv1.NewProjectionServiceClient(conn)}
}

// Watermark implements app.Watermark.
func (l Ledger) Watermark(ctx context.Context) (uint64, time.Time, error) {
	resp, err := l.client.GetWatermark(ctx, &ledgerv1.GetWatermarkRequest{})
	if err != nil {
		return 0, time.Time{}, err
	}
	return resp.GetStreamSequence(), resp.GetAsOfTime().AsTime(), nil
}

// CountAsOf implements app.Truth.
func (l Ledger) CountAsOf(ctx context.Context, cutoff time.Time, sequence uint64) ([]domain.Bucket, error) {
	resp, err := l.client.CountAsOf(ctx, &ledgerv1.CountAsOfRequest{CutoffTime: timestamppb.New(cutoff), StreamSequence: sequence})
	if err != nil {
		return nil, err
	}
	buckets := make([]domain.Bucket, len(resp.GetCounts()))
	for i, c := range resp.GetCounts() {
		buckets[i] = domain.Bucket{County: c.GetCountyCode(), Source: domain.Source(c.GetSource()), Code: c.GetCode(), Entries: int64(c.GetEntries())}
	}
	return buckets, nil
}

// Verification asks verification in reporting's own name.
type Verification struct {
	client verificationv1.OutcomeServiceClient
}

// NewVerification returns a client.
func NewVerification(conn grpc.ClientConnInterface) Verification {
	return Verification{client: verificationv1.NewOutcomeServiceClient(conn)}
}

// Watermark implements app.Watermark.
func (v Verification) Watermark(ctx context.Context) (uint64, time.Time, error) {
	resp, err := v.client.GetWatermark(ctx, &verificationv1.GetWatermarkRequest{})
	if err != nil {
		return 0, time.Time{}, err
	}
	return resp.GetStreamSequence(), resp.GetAsOfTime().AsTime(), nil
}

// ReviewsAsOf implements app.Reviews.
func (v Verification) ReviewsAsOf(ctx context.Context, cutoff time.Time) ([]domain.Reviewed, error) {
	resp, err := v.client.CountReviews(ctx, &verificationv1.CountReviewsRequest{CutoffTime: timestamppb.New(cutoff)})
	if err != nil {
		return nil, err
	}
	reviews := make([]domain.Reviewed, len(resp.GetCounts()))
	for i, c := range resp.GetCounts() {
		reviews[i] = domain.Reviewed{County: c.GetCountyCode(), Code: c.GetCode(), Decided: int64(c.GetDecided()), Overturned: int64(c.GetReturned())}
	}
	return reviews, nil
}

// Regions asks regionauth in reporting's own name.
type Regions struct{ client regionv1.RegionServiceClient }

// NewRegions returns a client.
func NewRegions(conn grpc.ClientConnInterface) Regions {
	return Regions{client: regionv1.NewRegionServiceClient(conn)}
}

// AsOf implements app.Divisions.
func (r Regions) AsOf(ctx context.Context, day time.Time) ([]domain.Region, error) {
	resp, err := r.client.ListRegions(ctx, &regionv1.ListRegionsRequest{
		Parent: domain.Province.Code, AsOf: day.In(domain.Shanghai).Format(time.DateOnly), Recursive: true,
	})
	if err != nil {
		return nil, err
	}
	regions := make([]domain.Region, 0, len(resp.GetRegions()))
	for _, region := range resp.GetRegions() {
		level := domain.LevelCounty
		if region.GetLevel() == regionv1.RegionLevel_REGION_LEVEL_CITY {
			level = domain.LevelCity
		}
		regions = append(regions, domain.Region{Code: region.GetCode(), Name: region.GetName(), Level: level, Parent: region.GetParentCode()})
	}
	return regions, nil
}

// Entries streams entries in the caller's name: the ledger decides what the
// caller sees.
type Entries struct{ client ledgerv1.LedgerServiceClient }

// NewEntries returns a client over a connection that calls as the caller.
func NewEntries(asCaller grpc.ClientConnInterface) Entries {
	return Entries{client: ledgerv1.NewLedgerServiceClient(asCaller)}
}

// Open starts streaming what the filter selects; with a reason in full.
func (e Entries) Open(ctx context.Context, filter *ledgerv1.EntryFilter, reason string) (app.EntryStream, error) {
	stream, err := e.client.StreamEntries(ctx, &ledgerv1.StreamEntriesRequest{Filter: filter, Reason: reason})
	if err != nil {
		return nil, err
	}
	return entryStream{stream}, nil
}

// Count tells how many entries the filter selects.
func (e Entries) Count(ctx context.Context, f *ledgerv1.EntryFilter) (int64, error) {
	req := selection.List(f)
	req.PageSize = 1
	resp, err := e.client.ListEntries(ctx, req)
	return int64(resp.GetTotalSize()), err
}

type entryStream struct {
	stream grpc.ServerStreamingClient[ledgerv1.StreamEntriesResponse]
}

// Next implements app.EntryStream.
func (s entryStream) Next() ([]app.EntryLine, error) {
	resp, err := s.stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, rpc.FaultFromError(err)
	}
	lines := make([]app.EntryLine, len(resp.GetEntries()))
	for i, e := range resp.GetEntries() {
		lines[i] = app.EntryLine{
			ID: e.GetId(), SerialNumber: e.GetSerialNumber(), PersonName: e.GetPersonName(), BirthDate: e.GetBirthDate(),
			IDNumber: e.GetIdNumber(), HouseholdPlace: e.GetHouseholdPlace(), HomeAddress: e.GetHomeAddress(),
			InSchool: e.GetInSchool(), NationalStudentNumber: e.GetNationalStudentNumber(),
			ProvincialSchool: e.GetProvincialSchool(), ProvincialStudentNumber: e.GetProvincialStudentNumber(),
			ProvincialStudentStatus: e.GetProvincialStudentStatus(), RegionCode: e.GetRegionCode(),
			CountyCode: e.GetCountyCode(), Code: e.GetCode(), Status: e.GetStatus().String(), Source: e.GetSource().String(),
			Flags: e.GetFlags(), Tags: e.GetTags(), LegalStep: e.GetLegalStep(), Extra: e.GetExtraColumns(),
		}
	}
	for i, full := range resp.GetRevealed() {
		l := &lines[i]
		l.IDNumber, l.HomeAddress, l.Guardian, l.Phone = full.GetIdNumber(), full.GetHomeAddress(), full.GetGuardian(), full.GetPhone()
		l.NationalStudentNumber, l.Extra = full.GetNationalStudentNumber(), full.GetExtraColumns()
	}
	return lines, nil
}
