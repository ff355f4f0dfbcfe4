package reporting

import "baoxue.internal/pkg/audit"

// trailWords say for people what the trail records.
var trailWords = audit.Words{
	Actions: map[string]string{
		"month.close":       "月末结账",
		"month.correct":     "登记更正",
		"month.zero_report": "零报告",
		"months.rerun":      "各月重新汇总",
		"figures.check":     "核对汇总数据",
		"figures.rebuild":   "重建汇总数据",
		"bulletin.draft":    "起草通报",
		"bulletin.sign":     "签发通报",
		"bulletin.issue":    "印发通报",
		"bulletin.download": "下载通报",
		"entries.export":    "导出台账",
		"entries.exported":  "台账导出完成",
		"list.export":       "导出列表",
		"list.exported":     "列表导出完成",
		"export.download":   "下载后台导出",
		"export.cancel":     "取消后台导出",
		"export.fail":       "后台导出失败",
		"export.expire":     "后台导出过期",
		"webhook.create":    "新增事件推送",
		"webhook.pause":     "暂停事件推送",
		"webhook.resume":    "恢复事件推送",
		"webhook.test":      "测试事件推送",
		"webhook.delete":    "删除事件推送",
	},
	Resources: map[string]string{
		"month":   "月份",
		"figures": "汇总数据",
		"entries": "台账",
		"list":    "列表",
		"export":  "后台导出",
		"webhook": "事件推送",
	},
}
