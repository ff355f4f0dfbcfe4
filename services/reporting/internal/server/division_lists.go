package server

import (
	"context"
	"strings"

	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/reporting/internal/app"
)

var regionLevels = map[regionv1.RegionLevel]string{
	regionv1.RegionLevel_REGION_LEVEL_PROVINCE: "省级", regionv1.RegionLevel_REGION_LEVEL_CITY: "市级", regionv1.RegionLevel_REGION_LEVEL_COUNTY: "县级",
}

// regions are the divisions as of a day, with the months between which each is valid.
func (s *Lists) regions(req *regionv1.ListRegionsRequest) app.List {
	return app.List{
		Name: "regions", Title: "行政区划", Heads: []string{"区划代码", "名称", "全称", "层级", "上级代码", "启用月份", "撤销月份", "撤销后归入"},
		Widths: []float64{10, 18, 36, 8, 10, 10, 10, 24},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Regions.ListRegions(ctx, req)
			for _, r := range resp.GetRegions() {
				rows = append(rows, []any{
					r.GetCode(), r.GetName(), r.GetFullName(), regionLevels[r.GetLevel()], r.GetParentCode(), r.GetValidFrom(), r.GetValidTo(),
					strings.Join(r.GetSuccessors(), "、"),
				})
			}
			return rows, "", err
		},
	}
}

var regionChangeKinds = map[regionv1.RegionChange_Kind]string{
	regionv1.RegionChange_KIND_RENAME: "更名", regionv1.RegionChange_KIND_RECODE: "换代码", regionv1.RegionChange_KIND_MERGE: "合并",
	regionv1.RegionChange_KIND_SPLIT: "拆分", regionv1.RegionChange_KIND_TRANSFER: "改变隶属",
}

func (s *Lists) regionChanges() app.List {
	return app.List{
		Name: "region-changes", Title: "区划变更", Heads: []string{"生效月份", "变更", "原代码", "新代码", "文件", "录入人", "录入时间"},
		Widths: []float64{10, 10, 24, 36, 30, 16, 20},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Regions.ListRegionChanges(ctx, &regionv1.ListRegionChangesRequest{})
			for _, c := range resp.GetChanges() {
				to := make([]string, len(c.GetTo()))
				for i, r := range c.GetTo() {
					to[i] = strings.TrimSpace(r.GetName() + " " + r.GetCode())
				}
				rows = append(rows, []any{
					c.GetEffectiveMonth(), regionChangeKinds[c.GetKind()], strings.Join(c.GetFromCodes(), "、"), strings.Join(to, "、"), c.GetDocument(),
					c.GetActor(), moment(c.GetCreateTime()),
				})
			}
			return rows, "", err
		},
	}
}
