package server

import (
	"context"
	"fmt"
	"testing"
	"time"

	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// corrected keeps corrections and nothing else.
type corrected struct {
	app.ShowStore
	corrections []domain.Correction
}

func (c corrected) Corrections(context.Context, domain.Month) ([]domain.Correction, error) {
	return c.corrections, nil
}

// Each figure has a row, with what was corrected before it; a correction in which the caller's own figures are not has one too.
func TestCorrectionsAreListedByFigure(t *testing.T) {
	xihu, lucheng := domain.Region{Code: "330106", Name: "西湖区", Parent: "330100"}, domain.Region{Code: "330302", Name: "鹿城区", Parent: "330300"}
	at := time.Date(2019, 8, 12, 1, 30, 0, 0, time.UTC)
	lists := &Lists{Months: &Months{Show: app.Show{Store: corrected{corrections: []domain.Correction{
		{Number: 1, Snapshot: 3, Reason: "补录", Author: "王省", At: at, Differences: []domain.Difference{
			{Region: xihu, Source: domain.AllSources, Figure: "aTotal", Before: 4, After: 5},
			{Region: lucheng, Source: 1, Figure: "aTotal", Before: 1, After: 0},
		}},
		{Number: 2, Snapshot: 3, Reason: "更正", Author: "王省", At: at, Differences: []domain.Difference{{Region: lucheng, Source: 2, Figure: "total", Before: 1, After: 2}}},
	}}}}}
	ctx := rpc.WithIdentity(t.Context(), rpc.Identity{Level: commonv1.Level_LEVEL_CITY, Region: "330100"})
	rows, next, err := lists.corrections(&reportingv1.ListCorrectionsRequest{Month: "2019-07"}).Page(ctx, "")
	want := "[[1 3 2019-08-12 09:30:00 王省 补录 西湖区 全部 A 小计 4 5] [2 3 2019-08-12 09:30:00 王省 更正]]"
	if got := fmt.Sprint(rows); err != nil || next != "" || got != want {
		t.Errorf("%s, %q, %v", got, next, err)
	}
}
