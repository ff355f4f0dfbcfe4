package server

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// SearchTrail searches a service's audit trail.
type SearchTrail func(ctx context.Context, req *auditv1.SearchRecordsRequest) (*auditv1.SearchRecordsResponse, error)

var outcomeTexts = map[auditv1.Record_Outcome]string{
	auditv1.Record_OUTCOME_DONE: "完成", auditv1.Record_OUTCOME_REFUSED: "拒绝",
}

// auditRecords are what a search of a trail finds, with the place of each in the chain.
func auditRecords(trail SearchTrail, req *auditv1.SearchRecordsRequest) app.List {
	return app.List{
		Name: "audit-records", Title: "审计记录",
		Heads:  []string{"时间", "操作人", "操作人编号", "来源地址", "操作", "操作代码", "对象类别", "对象编号", "区划代码", "结果", "理由", "详情", "请求编号", "链号"},
		Widths: []float64{20, 18, 38, 16, 20, 24, 14, 38, 10, 8, 30, 40, 38, 10},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := trail(ctx, &auditv1.SearchRecordsRequest{
				FromTime: req.GetFromTime(), UntilTime: req.GetUntilTime(), ActorId: req.GetActorId(), Action: req.GetAction(),
				ResourceId: req.GetResourceId(), RegionCode: req.GetRegionCode(), Outcome: req.GetOutcome(), PageSize: mostInPage, PageToken: token,
			})
			for _, r := range resp.GetRecords() {
				rows = append(rows, []any{
					moment(r.GetOccurTime()), r.GetActorName(), r.GetActorId(), r.GetAddress(),
					cmp.Or(resp.GetActionNames()[r.GetAction()], r.GetAction()), r.GetAction(),
					cmp.Or(resp.GetResourceNames()[r.GetResourceType()], r.GetResourceType()), r.GetResourceId(), r.GetRegionCode(),
					outcomeTexts[r.GetOutcome()], cmp.Or(resp.GetValueNames()[r.GetReason()], r.GetReason()), detailsOf(resp, r),
					r.GetRequestId(), sequenceOf(r),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

// detailsOf are a record's details in the words of its trail, as far as they say anything.
func detailsOf(trail *auditv1.SearchRecordsResponse, r *auditv1.Record) string {
	details := make([]string, 0, len(r.GetDetails()))
	for _, key := range slices.Sorted(maps.Keys(r.GetDetails())) {
		codes := strings.FieldsFunc(r.GetDetails()[key], between)
		if len(codes) == 0 {
			continue
		}
		for i, code := range codes {
			codes[i] = cmp.Or(trail.GetValueNames()[key+"="+code], trail.GetValueNames()[code], code)
		}
		details = append(details, cmp.Or(trail.GetDetailNames()[key], key)+"："+strings.Join(codes, "、"))
	}
	return strings.Join(details, "；")
}

// between tells what stands between the codes of one detail, and around them.
func between(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",[]", r) }

func sequenceOf(r *auditv1.Record) string {
	if r.GetSequence() == 0 {
		return "未入链"
	}
	return strconv.FormatInt(r.GetSequence(), 10)
}
