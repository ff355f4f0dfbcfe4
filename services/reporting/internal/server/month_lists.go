package server

import (
	"context"
	"slices"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

func (s *Lists) cellEntries(req *reportingv1.ListCellEntriesRequest, region func(string) string) app.List {
	return app.List{
		Name: "cell-entries", Title: "指标名单", Heads: []string{"姓名", "处理单位", "数据类别", "核查结果"}, Widths: []float64{12, 18, 20, 12},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Months.ListCellEntries(ctx, &reportingv1.ListCellEntriesRequest{
				Month: req.GetMonth(), Number: req.GetNumber(), Region: req.GetRegion(), Source: req.Source, Figure: req.GetFigure(),
				PageSize: cellsAMost, PageToken: token,
			})
			for _, e := range resp.GetEntries() {
				rows = append(rows, []any{e.GetMaskedName(), region(e.GetCountyCode()), domain.Source(e.GetSource()).Name(), pendingOr(e.GetCode())})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

var reportTexts = map[reportingv1.ReportState]string{
	reportingv1.ReportState_NOT_REPORTED: "未报送", reportingv1.ReportState_REPORTED: "已报送", reportingv1.ReportState_ZERO_REPORTED: "零报告",
}

func (s *Lists) countyReports(req *reportingv1.ListCountyReportsRequest) app.List {
	return app.List{
		Name: "county-reports", Title: "报送情况", Heads: []string{"区划代码", "县（市、区）", "报送", "台账总数", "未处理", "本月变更", "确认人", "确认时间"},
		Widths: []float64{10, 18, 10, 10, 10, 10, 16, 20},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Reports.ListCountyReports(ctx, req)
			for _, r := range resp.GetReports() {
				rows = append(rows, []any{
					r.GetRegionCode(), r.GetRegionName(), reportTexts[r.GetState()], r.GetTotal(), r.GetPending(), r.GetChanged(),
					r.GetAuthor(), moment(r.GetConfirmTime()),
				})
			}
			return rows, "", err
		},
	}
}

// progress is the live table, columns and order as in the month's.
func (s *Lists) progress(req *reportingv1.GetProgressRequest) app.List {
	list := app.List{Name: "progress", Title: "工作进展", Heads: []string{"区划代码", "地区", "数据类别"}, Widths: []float64{10, 18, 20}}
	for _, f := range domain.Figures {
		list.Heads, list.Widths = append(list.Heads, f.Title), append(list.Widths, 10)
	}
	list.Page = func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
		table, _, err := s.Months.Show.Progress(ctx, scopeFrom(ctx), req.GetRegion())
		for i := range table {
			r := &table[i]
			cells := []any{r.Region.Code, r.Region.Name, r.Source.Name()}
			for _, f := range domain.Figures {
				cells = append(cells, f.Value(r))
			}
			rows = append(rows, cells)
		}
		return rows, "", err
	}
	return list
}

// corrections has a row for each figure that came out otherwise, and one for a correction that the caller sees none of.
func (s *Lists) corrections(req *reportingv1.ListCorrectionsRequest) app.List {
	return app.List{
		Name: "corrections", Title: "更正", Heads: []string{"更正号", "更正的汇总", "时间", "更正人", "理由", "地区", "数据类别", "指标", "原数", "更正数"},
		Widths: []float64{8, 12, 20, 16, 40, 18, 20, 14, 10, 10},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Months.ListCorrections(ctx, req)
			for _, c := range resp.GetCorrections() {
				lead := []any{c.GetNumber(), c.GetSnapshot(), moment(c.GetCreateTime()), c.GetAuthor(), c.GetReason()}
				for _, d := range c.GetDifferences() {
					figure, _ := domain.FigureOf(d.GetFigure())
					rows = append(rows, append(slices.Clone(lead), d.GetRegionName(), differenceSource(d), figure.Title, d.GetBefore(), d.GetAfter()))
				}
				if len(c.GetDifferences()) == 0 {
					rows = append(rows, lead)
				}
			}
			return rows, "", err
		},
	}
}

func differenceSource(d *reportingv1.FigureDifference) string {
	if d.GetAllSources() {
		return domain.AllSources.Name()
	}
	return domain.Source(d.GetSource()).Name()
}
