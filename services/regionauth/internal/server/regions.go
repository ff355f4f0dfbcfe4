package server

import (
	"context"
	"time"

	"baoxue.internal/pkg/fault"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Regions implements RegionService.
type Regions struct {
	regionv1.UnimplementedRegionServiceServer
	Regions *domain.Regions
	Now     func() time.Time
}

func (s *Regions) month() string { return s.Now().In(app.Shanghai).Format("2006-01") }

func (s *Regions) proto(r domain.Region) *regionv1.Region {
	return &regionv1.Region{
		Code: r.Code, Name: r.Name, Level: regionv1.RegionLevel(r.Level), ParentCode: r.Parent, ValidFrom: r.From, ValidTo: r.To,
		Successors: r.Successors, FullName: s.Regions.FullName(r.Code),
	}
}

// ListRegions implements RegionService.
func (s *Regions) ListRegions(_ context.Context, req *regionv1.ListRegionsRequest) (*regionv1.ListRegionsResponse, error) {
	month := s.month()
	if req.GetAsOf() != "" {
		day, err := time.Parse(time.DateOnly, req.GetAsOf())
		if err != nil {
			return nil, fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
				{Field: "as_of", Reason: "DATE_INVALID", Message: "日期应写作 2019-07-31"},
			})
		}
		month = day.Format("2006-01")
	}
	resp := &regionv1.ListRegionsResponse{}
	for _, r := range s.Regions.Children(req.GetParent(), month, req.GetRecursive()) {
		resp.Regions = append(resp.Regions, s.proto(r))
	}
	return resp, nil
}

// GetRegion implements RegionService.
func (s *Regions) GetRegion(_ context.Context, req *regionv1.GetRegionRequest) (*regionv1.GetRegionResponse, error) {
	r, ok := s.Regions.Get(req.GetCode())
	if !ok {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "没有这个区划代码")
	}
	return &regionv1.GetRegionResponse{Region: s.proto(r)}, nil
}

// ResolveRegions implements RegionService.
func (s *Regions) ResolveRegions(_ context.Context, req *regionv1.ResolveRegionsRequest) (*regionv1.ResolveRegionsResponse, error) {
	month := s.month()
	resp := &regionv1.ResolveRegionsResponse{Resolutions: make([]*regionv1.RegionResolution, len(req.GetCodes()))}
	for i, code := range req.GetCodes() {
		r := s.Regions.Resolve(code, month)
		resp.Resolutions[i] = &regionv1.RegionResolution{
			Code: code, CountyCode: r.County, Reason: regionv1.RegionResolution_Reason(r.Reason), Candidates: r.Candidates,
		}
	}
	return resp, nil
}
