package ledger

import (
	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/ledger/internal/domain"
)

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
	Details: map[string]string{
		"read":         "读取行数",
		"stored":       "存入行数",
		"flagged":      "存疑行数",
		"created":      "新增人数",
		"updated":      "更新人数",
		"unmatched":    "未匹配行数",
		"from":         "转出地",
		"to":           "转至",
		"transfer":     "移交编号",
		"entries":      "人数",
		"numbers":      "比对号码数",
		"in_full":      "含完整信息",
		"queue":        "仅省级待分派",
		"by_name":      "按姓名查询",
		"by_number":    "按证件号码查询",
		"by_last_four": "按证件号码后四位查询",
		"by_school":    "按学校查询",
		"statuses":     "状态",
		"work":         "工作队列",
		"source":       "来源",
		"found_from":   "处理日期自",
		"found_before": "处理日期至（不含）",
		"code":         "处理代码",
		"responsible":  "责任人",
		"flags":        "存疑标记",
		"tags":         "特殊群体",
		"import":       "导入编号",
	},
	Values: withFlags(map[string]string{
		"FILE_NOT_WORKBOOK":   "不是 Excel 工作簿",
		"FILE_ENCRYPTED":      "文件已加密",
		"FILE_TOO_LARGE":      "文件过大",
		"HEADER_NOT_FOUND":    "未找到表头",
		"FILE_NOT_LEDGER":     "不是下发的台账",
		"FILE_INTERRUPTED":    "上传或处理中断",
		"IMPORT_CANCELLED":    "已取消",
		"REGION_CURRENT":      "现行区划",
		"TAG_DISABLED":        "残疾",
		"TAG_LEFT_BEHIND":     "留守",
		"TAG_MIGRANT":         "随迁",
		"TAG_WITHOUT_PARENTS": "孤儿与事实无人抚养",
		"TAG_REGISTERED_POOR": "建档立卡",
		"TAG_IN_NEED":         "困境儿童",
		"REGION_SUCCESSOR":    "继任县区",
		"statuses=1":          "待本级处理",
		"statuses=2":          "未确认完成",
		"statuses=3":          "已处理",
		"work=1":              "退回重核",
		"work=2":              "已超期",
		"work=3":              "即将到期",
		"work=4":              "学籍待办",
		"work=5":              "返校回访",
		"work=6":              "已销号",
		"work=7":              "待劝返",
		"work=8":              "依法控辍",
		"source=1":            "疑似辍学和辍学",
		"source=2":            "适龄无学籍",
		"source=3":            "建档立卡未查到",
	}),
}

// withFlags adds what an export may be narrowed down by.
func withFlags(values map[string]string) map[string]string {
	for _, f := range domain.FlagDefinitions {
		values[string(f.Flag)] = f.Text
	}
	return values
}
