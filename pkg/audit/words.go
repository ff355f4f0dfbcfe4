package audit

import "maps"

// Words say for people what a trail's records are about.
type Words struct {
	// Actions are by a record's Action, Resources by its ResourceType.
	Actions, Resources map[string]string
	// Details are by the keys of a record's Details; Values are codes that stand there or as its Reason, by
	// themselves or, where a key decides what they mean, as key=code.
	Details, Values map[string]string
}

// everyTrail has these.
var everyTrail = Words{
	Actions:   map[string]string{"audit.export": "导出审计记录", "call.refused": "拒绝访问", "events.replay": "重新处理事件"},
	Resources: map[string]string{"trail": "审计记录", "method": "接口", "events": "事件"},
	Details:   map[string]string{"after": "起始链号（不含）", "until": "截止链号", "dead_letters": "重新处理的事件数"},
	Values: map[string]string{
		"true": "是", "false": "否",
		"UNAUTHENTICATED": "未登录", "TOKEN_EXPIRED": "登录已过期", "PERMISSION_DENIED": "无权访问", "NOT_FOUND": "不存在或不在管辖范围内",
		"INVALID_REQUEST": "请求不合规范", "RATE_LIMITED": "过于频繁", "CROSS_SITE": "来自其他网站",
		"UNAVAILABLE": "服务暂不可用", "DEADLINE_EXCEEDED": "处理超时", "INTERNAL": "系统内部错误",
	},
}

// withEvery are a service's own words with those of every trail.
func (w Words) withEvery() Words {
	return Words{
		Actions: merged(everyTrail.Actions, w.Actions), Resources: merged(everyTrail.Resources, w.Resources),
		Details: merged(everyTrail.Details, w.Details), Values: merged(everyTrail.Values, w.Values),
	}
}

func merged(every, own map[string]string) map[string]string {
	all := maps.Clone(every)
	maps.Copy(all, own)
	return all
}
