package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Regions implements RegionService.
type Regions struct {
	regionv1.UnimplementedRegionServiceServer
	UseCase *app.Regions
}

func (s *Regions) proto(r domain.Region, month string) *regionv1.Region {
	return &regionv1.Region{
		Code: r.Code, Name: r.Name, Level: regionv1.RegionLevel(r.Level), ParentCode: r.Parent, ValidFrom: r.From, ValidTo: r.To,
		Successors: r.Successors, FullName: s.UseCase.Table().FullName(r.Code, month),
	}
}

// ListRegions implements RegionService.
func (s *Regions) ListRegions(_ context.Context, req *regionv1.ListRegionsRequest) (*regionv1.ListRegionsResponse, error) {
	regions, month, err := s.UseCase.List(req.GetParent(), req.GetAsOf(), req.GetRecursive())
	if err != nil {
		return nil, err
	}
	resp := &regionv1.ListRegionsResponse{}
	for _, r := range regions {
		resp.Regions = append(resp.Regions, s.proto(r, month))
	}
	return resp, nil
}

// GetRegion implements RegionService.
func (s *Regions) GetRegion(_ context.Context, req *regionv1.GetRegionRequest) (*regionv1.GetRegionResponse, error) {
	r, err := s.UseCase.Get(req.GetCode())
	if err != nil {
		return nil, err
	}
	return &regionv1.GetRegionResponse{Region: s.proto(r, s.UseCase.Month())}, nil
}

// ResolveRegions implements RegionService.
func (s *Regions) ResolveRegions(_ context.Context, req *regionv1.ResolveRegionsRequest) (*regionv1.ResolveRegionsResponse, error) {
	resp := &regionv1.ResolveRegionsResponse{}
	for i, r := range s.UseCase.Resolve(req.GetCodes()) {
		resp.Resolutions = append(resp.Resolutions, &regionv1.RegionResolution{
			Code: req.GetCodes()[i], CountyCode: r.County, Reason: regionv1.RegionResolution_Reason(r.Reason), Candidates: r.Candidates,
		})
	}
	return resp, nil
}

// ApplyRegionChange implements RegionService.
func (s *Regions) ApplyRegionChange(ctx context.Context, req *regionv1.ApplyRegionChangeRequest) (*regionv1.ApplyRegionChangeResponse, error) {
	asked := req.GetChange()
	c := domain.RegionChange{
		Kind: domain.ChangeKind(asked.GetKind()), Month: asked.GetEffectiveMonth(), From: asked.GetFromCodes(),
		Document: asked.GetDocument(), Actor: rpc.IdentityFrom(ctx).Name,
	}
	for _, to := range asked.GetTo() {
		c.To = append(c.To, domain.ChangedRegion{Code: to.GetCode(), Name: to.GetName(), Parent: to.GetParentCode()})
	}
	entered, err := s.UseCase.Change(ctx, c)
	if err != nil {
		return nil, err
	}
	return &regionv1.ApplyRegionChangeResponse{Change: changeProto(entered)}, nil
}

// ListRegionChanges implements RegionService.
func (s *Regions) ListRegionChanges(ctx context.Context, _ *regionv1.ListRegionChangesRequest) (*regionv1.ListRegionChangesResponse, error) {
	changes, err := s.UseCase.Changes(ctx)
	if err != nil {
		return nil, err
	}
	resp := &regionv1.ListRegionChangesResponse{}
	for _, c := range changes {
		resp.Changes = append(resp.Changes, changeProto(c))
	}
	return resp, nil
}

func changeProto(c domain.RegionChange) *regionv1.RegionChange {
	p := &regionv1.RegionChange{
		Id: c.ID, Kind: regionv1.RegionChange_Kind(c.Kind), EffectiveMonth: c.Month, FromCodes: c.From, Document: c.Document,
		Actor: c.Actor, CreateTime: timestamppb.New(c.CreatedAt),
	}
	for _, to := range c.To {
		p.To = append(p.To, &regionv1.ChangedRegion{Code: to.Code, Name: to.Name, ParentCode: to.Parent})
	}
	return p
}
