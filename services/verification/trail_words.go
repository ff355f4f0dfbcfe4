package verification

import "baoxue.internal/pkg/audit"

// trailWords say for people what the trail records.
var trailWords = audit.Words{
	Actions: map[string]string{
		"finding.submit":             "提交核查结果",
		"visit.record":               "登记劝返",
		"duty.complete":              "办结学籍事项",
		"follow_up.record":           "登记回访",
		"tags.set":                   "标记特殊群体",
		"status.report":              "学籍系统报告在校情况",
		"review.draw":                "抽取复核样本",
		"review.confirm":             "复核确认",
		"review.return":              "复核退回",
		"evidence.add":               "上传佐证材料",
		"evidence.read":              "查看佐证材料",
		"worklist.export":            "下载核查表",
		"worklist.export_marked":     "下载标注的核查表",
		"worklist.upload":            "上传核查表",
		"worklist.save":              "保存核查表",
		"supervision_order.issue":    "发出督办",
		"supervision_order.receive":  "签收督办",
		"supervision_order.reply":    "回复督办",
		"supervision_order.extend":   "督办延期",
		"supervision_order.remind":   "督办催办",
		"supervision_order.escalate": "督办升级",
		"supervision_order.close":    "督办办结",
		"findings.seal":              "封存核查链",
		"findings.export_chain":      "导出核查链",
		"standard.load":              "载入分类标准",
	},
	Resources: map[string]string{
		"entry":             "学生",
		"review_sample":     "复核样本",
		"worklist":          "核查表",
		"supervision_order": "督办",
		"findings":          "核查结果",
		"standard":          "分类标准",
	},
}
