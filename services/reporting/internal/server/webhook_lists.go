package server

import (
	"context"
	"strings"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
)

var webhookStateTitles = map[reportingv1.WebhookState]string{
	reportingv1.WebhookState_WEBHOOK_ACTIVE: "推送中", reportingv1.WebhookState_WEBHOOK_PAUSED: "已暂停", reportingv1.WebhookState_WEBHOOK_SUSPENDED: "已停止",
}

var eventTitles = map[string]string{
	"baoxue.event.v1.EntryRouted": "登记和移交", "baoxue.event.v1.OutcomeChanged": "核查结果", "baoxue.event.v1.WorkChanged": "后续工作",
	"baoxue.event.v1.SupervisionOrderChanged": "督办", "baoxue.event.v1.RegionsChanged": "区划变更",
}

// webhooks with how each stands. A signing key is shown when it is made, and never again.
func (s *Lists) webhooks(region func(string) string) app.List {
	return app.List{
		Name: "webhooks", Title: "事件推送",
		Heads:  []string{"接收系统", "接收地址", "地区", "事件", "状态", "待推送", "连续失败", "最近错误", "下次推送", "最近成功", "不再推送的事件早于", "新建人", "新建时间"},
		Widths: []float64{24, 40, 14, 40, 10, 10, 10, 40, 20, 20, 20, 16, 20},
		Page: func(ctx context.Context, _ string) (rows [][]any, next string, err error) {
			resp, err := s.Webhooks.ListWebhooks(ctx, &reportingv1.ListWebhooksRequest{})
			for _, w := range resp.GetWebhooks() {
				rows = append(rows, []any{
					w.GetDisplayName(), w.GetUrl(), region(w.GetRegionCode()), typesOf(w), webhookStateTitles[w.GetState()], w.GetWaiting(), w.GetFailures(),
					w.GetLastError(), moment(w.GetNextAttemptTime()), moment(w.GetLastSuccessTime()), moment(w.GetDroppedUntilTime()), w.GetAuthor(),
					moment(w.GetCreateTime()),
				})
			}
			return rows, "", err
		},
	}
}

func typesOf(w *reportingv1.Webhook) string {
	if len(w.GetTypes()) == 0 {
		return "全部"
	}
	titles := make([]string, len(w.GetTypes()))
	for i, name := range w.GetTypes() {
		titles[i] = eventTitles[name]
	}
	return strings.Join(titles, "、")
}
