package ledger

import "baoxue.internal/pkg/audit"

// trailWords say for people what the trail records.
var trailWords = audit.Words{
	Actions: map[string]string{
		"import.start":      "开始导入",
		"import.cancel":     "取消导入",
		"import.finish":     "结束导入",
		"import.export":     "下载导入文件",
		"entry.assign":      "指派县（市、区）",
		"transfer.propose":  "提出移交",
		"transfer.accept":   "接收移交",
		"transfer.reject":   "退回移交",
		"transfer.withdraw": "撤回移交",
		"entry.reveal":      "查看完整信息",
		"entry.reroute":     "随区划变更划转",
		"entry.entrust":     "指定责任人",
		"entry.handover":    "交接责任人",
		"entries.export":    "导出台账",
		"entries.check":     "外部系统比对",
	},
	Resources: map[string]string{
		"import":  "导入",
		"entry":   "学生",
		"region":  "地区",
		"user":    "用户",
		"entries": "台账",
	},
}
