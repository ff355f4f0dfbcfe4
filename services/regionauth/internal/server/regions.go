package server

import (
	"context"

	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Regions implements RegionService.
type Regions struct {
	regionv1.UnimplementedRegionServiceServer
	UseCase app.Regions
}

func (s *Regions) proto(r domain.Region) *regionv1.Region {
	return &regionv1.Region{
		Code: r.Code, Name: r.Name, Level: regionv1.RegionLevel(r.Level), ParentCode: r.Parent, ValidFrom: r.From, ValidTo: r.To,
		Successors: r.Successors, FullName: s.UseCase.Table.FullName(r.Code),
	}
}

// ListRegions implements RegionService.
func (s *Regions) ListRegions(_ context.Context, req *regionv1.ListRegionsRequest) (*regionv1.ListRegionsResponse, error) {
	regions, err := s.UseCase.List(req.GetParent(), req.GetAsOf(), req.GetRecursive())
	if err != nil {
		return nil, err
	}
	resp := &regionv1.ListRegionsResponse{}
	for _, r := range regions {
		resp.Regions = append(resp.Regions, s.proto(r))
	}
	return resp, nil
}

// GetRegion implements RegionService.
func (s *Regions) GetRegion(_ context.Context, req *regionv1.GetRegionRequest) (*regionv1.GetRegionResponse, error) {
	r, err := s.UseCase.Get(req.GetCode())
	if err != nil {
		return nil, err
	}
	return &regionv1.GetRegionResponse{Region: s.proto(r)}, nil
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
