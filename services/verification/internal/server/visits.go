package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// Visits implements VisitService.
type Visits struct {
	verificationv1.UnimplementedVisitServiceServer
	UseCase app.Visits
}

// RecordVisit implements VisitService.
func (s *Visits) RecordVisit(ctx context.Context, req *verificationv1.RecordVisitRequest) (*verificationv1.RecordVisitResponse, error) {
	f := req.GetForm()
	visit, err := s.UseCase.Record(ctx, authorFrom(ctx), req.GetEntryId(), domain.VisitForm{
		Date: f.GetDate(), Persuaders: f.GetPersuaders(), Contact: f.GetContact(), Method: domain.VisitMethod(f.GetMethod()),
		ChildSituation: f.GetChildSituation(), FamilySituation: f.GetFamilySituation(), Result: domain.VisitResult(f.GetResult()),
		Support: f.GetSupport(), NextDate: f.GetNextDate(),
	}, req.GetCorrectsId())
	if err != nil {
		return nil, err
	}
	return &verificationv1.RecordVisitResponse{Visit: visitProto(visit)}, nil
}

// ListVisits implements VisitService.
func (s *Visits) ListVisits(ctx context.Context, req *verificationv1.ListVisitsRequest) (*verificationv1.ListVisitsResponse, error) {
	visits, err := s.UseCase.List(ctx, req.GetEntryId())
	if err != nil {
		return nil, err
	}
	resp := &verificationv1.ListVisitsResponse{Visits: make([]*verificationv1.Visit, len(visits))}
	for i, v := range visits {
		resp.Visits[i] = visitProto(v)
	}
	return resp, nil
}

func visitProto(v domain.Visit) *verificationv1.Visit {
	return &verificationv1.Visit{
		Id: v.ID, EntryId: v.EntryID, Number: v.Number, CorrectsId: v.CorrectsID, Superseded: v.Superseded,
		Author: v.Author, CreateTime: timestamppb.New(v.At),
		Form: &verificationv1.VisitForm{
			Date: v.Date, Persuaders: v.Persuaders, Contact: v.Contact, Method: verificationv1.VisitMethod(v.Method),
			ChildSituation: v.ChildSituation, FamilySituation: v.FamilySituation, Result: verificationv1.VisitResult(v.Result),
			Support: v.Support, NextDate: v.NextDate,
		},
	}
}
