package server

import (
	"context"

	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

var reviewStates = map[verificationv1.ReviewState]string{
	verificationv1.ReviewState_REVIEW_OPEN: "待复核", verificationv1.ReviewState_REVIEW_CONFIRMED: "已确认",
	verificationv1.ReviewState_REVIEW_RETURNED: "已退回", verificationv1.ReviewState_REVIEW_LAPSED: "已失效",
}

// reviews of a sample. What a finding came to stays empty as long as its review is open: whoever
// decides must not know it.
func (s *Lists) reviews(req *verificationv1.ListReviewsRequest, region func(string) string) app.List {
	return app.List{
		Name: "reviews", Title: "复核清单", Heads: []string{"地区", "状态", "判断的结果", "填报结果", "填报人", "退回理由", "复核人", "复核时间"},
		Widths: []float64{18, 10, 12, 10, 16, 40, 16, 20},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Reviews.ListReviews(ctx, req)
			for _, r := range resp.GetReviews() {
				rows = append(rows, []any{
					region(r.GetCountyCode()), reviewStates[r.GetState()], r.GetJudgedCode(), r.GetCode(), r.GetAuthor(), r.GetReason(),
					r.GetReviewer(), moment(r.GetDecideTime()),
				})
			}
			return rows, "", err
		},
	}
}

func (s *Lists) overturnRates(req *verificationv1.GetOverturnRatesRequest, region func(string) string) app.List {
	return app.List{
		Name: "overturn-rates", Title: "退回率", Heads: []string{"地区", "核查结果", "已复核", "退回", "退回率"}, Widths: []float64{18, 10, 10, 10, 10},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Reviews.GetOverturnRates(ctx, req)
			for _, r := range resp.GetRates() {
				rows = append(rows, []any{
					region(r.GetCountyCode()), r.GetCode(), r.GetDecided(), r.GetReturned(), domain.FractionOf(int64(r.GetReturned()), int64(r.GetDecided())),
				})
			}
			return rows, "", err
		},
	}
}

var signalTitles = map[verificationv1.SignalKind]string{
	verificationv1.SignalKind_OVERAGE_UNDER_16: "未满 16 岁填超龄", verificationv1.SignalKind_SHARED_WITNESS: "证明人过于集中",
	verificationv1.SignalKind_SAME_EXPLANATION: "处理说明雷同", verificationv1.SignalKind_MONTH_END_BURST: "月末突击填报",
	verificationv1.SignalKind_B_SHARE_FAR: "B 类占比偏离",
}

func (s *Lists) signals(req *verificationv1.ListSignalsRequest, region func(string) string) app.List {
	return app.List{
		Name: "signals", Title: "异常提示", Heads: []string{"提示", "地区", "数量", "总数", "数值", "界限"}, Widths: []float64{24, 18, 10, 10, 10, 10},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Signals.ListSignals(ctx, req)
			for _, g := range resp.GetSignals() {
				rows = append(rows, []any{
					signalTitles[g.GetKind()], region(g.GetCountyCode()), g.GetCount(), g.GetTotal(), measure(g.GetMeasure()),
					measure(g.GetThreshold()),
				})
			}
			return rows, "", err
		},
	}
}

// measure is a share below one, and a number from one on, as on the page.
func measure(n float64) any {
	if n < 1 {
		return domain.Fraction(n)
	}
	return n
}

var stepTexts = map[verificationv1.OrderStepKind]string{
	verificationv1.OrderStepKind_ORDER_ISSUED: "发出", verificationv1.OrderStepKind_ORDER_RECEIVED: "签收", verificationv1.OrderStepKind_ORDER_REPLIED: "回复",
	verificationv1.OrderStepKind_ORDER_EXTENDED: "延期", verificationv1.OrderStepKind_ORDER_REMINDED: "到期提醒",
	verificationv1.OrderStepKind_ORDER_ESCALATED: "超期升级", verificationv1.OrderStepKind_ORDER_STEP_CLOSED: "办结",
}

func (s *Lists) messages(req *verificationv1.ListMessagesRequest, region func(string) string) app.List {
	return app.List{
		Name: "messages", Title: "收件箱", Heads: []string{"消息", "标题", "承办县（市、区）", "发出单位", "期限", "办理人", "时间", "是否已读"},
		Widths: []float64{12, 40, 18, 14, 12, 16, 20, 10},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Inbox.ListMessages(ctx, &verificationv1.ListMessagesRequest{Unread: req.GetUnread(), PageSize: mostInPage, PageToken: token})
			for _, m := range resp.GetMessages() {
				rows = append(rows, []any{
					stepTexts[m.GetKind()], m.GetTitle(), region(m.GetCountyCode()), region(m.GetIssuerRegion()), m.GetDueOn(), m.GetAuthor(),
					moment(m.GetCreateTime()), yes(m.GetRead()),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}
