package app

import (
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Regions are the questions about the divisions.
type Regions struct {
	Table *domain.Regions
	Now   func() time.Time
}

// List lists the children of a region as of a day, yyyy-mm-dd; empty means today
// in Asia/Shanghai.
func (r Regions) List(parent, asOf string, recursive bool) ([]domain.Region, error) {
	month := monthOf(r.Now())
	if asOf != "" {
		day, err := time.Parse(time.DateOnly, asOf)
		if err != nil {
			return nil, fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
				{Field: "as_of", Reason: "DATE_INVALID", Message: "日期应写作 2019-07-31"},
			})
		}
		month = day.Format("2006-01")
	}
	return r.Table.Children(parent, month, recursive), nil
}

// Get returns a region, also an abolished one.
func (r Regions) Get(code string) (domain.Region, error) {
	region, ok := r.Table.Get(code)
	if !ok {
		return domain.Region{}, fault.New(fault.NotFound, "NOT_FOUND", "没有这个区划代码")
	}
	return region, nil
}

// Resolve says for each code which of today's counties handles it.
func (r Regions) Resolve(codes []string) []domain.Resolution {
	month := monthOf(r.Now())
	resolutions := make([]domain.Resolution, len(codes))
	for i, code := range codes {
		resolutions[i] = r.Table.Resolve(code, month)
	}
	return resolutions
}
