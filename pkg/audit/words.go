package audit

import "maps"

// Words say for people what a trail's records are about.
type Words struct {
	// Actions are by a record's Action, Resources by its ResourceType.
	Actions, Resources map[string]string
}

// everyTrail has these.
var everyTrail = Words{
	Actions:   map[string]string{"audit.export": "导出审计记录", "call.refused": "拒绝访问", "events.replay": "重新处理事件"},
	Resources: map[string]string{"trail": "审计记录", "method": "接口", "events": "事件"},
}

// withEvery are a service's own words with those of every trail.
func (w Words) withEvery() Words {
	all := Words{Actions: maps.Clone(everyTrail.Actions), Resources: maps.Clone(everyTrail.Resources)}
	maps.Copy(all.Actions, w.Actions)
	maps.Copy(all.Resources, w.Resources)
	return all
}
