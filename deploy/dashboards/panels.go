package main

// state is a figure that is good or bad now. Its limit is that of the alert that tells of it.
type state struct {
	title, about, unit, expr string
	// It is bad from the limit on, or below it.
	limit float64
	below bool
	// words say what a value means.
	words map[string]string
}

var states = []state{
	{title: "程序在线", about: "能够访问的程序所占比例", unit: "percentunit", expr: `avg(up{job="baoxue"})`, limit: 1, below: true},
	{
		title: "消息队列", about: "各服务与 NATS 的连接；断开时核查照常保存，月报不能汇总", unit: "none", expr: `min(baoxue_event_stream_connected)`,
		limit: 1, below: true, words: map[string]string{"0": "断开", "1": "已连接"},
	},
	{title: "未发布最久", about: "已保存、尚未进入消息队列的变更事件中最早一条的等待时间", unit: "s", expr: `max(baoxue_outbox_oldest_seconds)`, limit: 300},
	{title: "未处理最久", about: "已在消息队列、尚未被处理的变更事件中最早一条的等待时间", unit: "s", expr: `max(baoxue_unapplied_oldest_seconds)`, limit: 600},
	{title: "死信", about: "无法处理的变更事件；处理前月报不能汇总", unit: "none", expr: `sum(max by (service, consumer) (baoxue_dead_letters))`, limit: 1},
	{title: "未结账月份", about: "已到期、尚未结账的月份", unit: "none", expr: `max(baoxue_months_unclosed)`, limit: 1},
	{title: "核查链封存于", about: "距核查记录链上次封存的时间，应每日一次", unit: "s", expr: `time() - max(baoxue_findings_sealed_timestamp_seconds)`, limit: 26 * 3600},
	{title: "证书剩余", about: "最早到期的证书；未使用证书时无数值", unit: "s", expr: `min(baoxue_certificate_end_timestamp_seconds) - time()`, limit: 14 * 86400, below: true},
}

// course is what figures were over time.
type course struct {
	title, about, unit string
	lines              []line
}

type line struct{ expr, legend string }

type row struct {
	title   string
	courses []course
}

// Of several instances that measure the same database the worst counts, as in the alerts.
var rows = []row{
	{"办理", []course{
		{"请求", "网关每秒收到的请求", "reqps", []line{{`sum by (kind) (rate(baoxue_http_seconds_count[$__rate_interval]))`, "{{kind}}"}}},
		{"得不到服务的请求", "以 5xx 应答的请求，每秒", "reqps", []line{
			{`sum by (status) (rate(baoxue_http_seconds_count{status=~"5.."}[$__rate_interval]))`, "{{status}}"},
		}},
		{"内部错误", "程序缺陷，每分钟；请求编号见该方法的日志", "none", []line{
			{`sum by (method) (60 * rate(baoxue_rpc_server_seconds_count{code=~"Internal|Unknown|DataLoss"}[$__rate_interval])) > 0`, "{{method}}"},
		}},
		{"保存核查", "每秒保存的核查，按结果", "reqps", []line{
			{`sum by (code) (rate(baoxue_rpc_server_seconds_count{method="/baoxue.verification.v1.FindingService/SubmitFinding"}[$__rate_interval]))`, "{{code}}"},
		}},
		{"保存与列表用时", "二十次中有十九次在此时间之内", "s", []line{
			{`histogram_quantile(0.95, sum by (le) (rate(baoxue_rpc_server_seconds_bucket{method="/baoxue.verification.v1.FindingService/SubmitFinding"}[$__rate_interval])))`, "保存核查"},
			{`histogram_quantile(0.95, sum by (le) (rate(baoxue_rpc_server_seconds_bucket{method="/baoxue.ledger.v1.LedgerService/ListEntries"}[$__rate_interval])))`, "台账列表"},
		}},
		{"最慢的方法", "二十次中有十九次在此时间之内；不含订阅与导出", "s", []line{
			{`topk(8, histogram_quantile(0.95, sum by (le, method) (rate(baoxue_rpc_server_seconds_bucket{method!~".*/(Subscribe|Watch.*|Stream.*|Export.*)"}[$__rate_interval]))))`, "{{method}}"},
		}},
	}},
	{"变更事件", []course{
		{"未发布", "已保存、尚未进入消息队列的事件；导入后一两分钟内可有数十万条", "none", []line{{`max by (service) (baoxue_outbox_unpublished_events)`, "{{service}}"}}},
		{"未处理", "已在消息队列、尚未被处理的事件", "none", []line{{`max by (consumer) (baoxue_unapplied_events)`, "{{consumer}}"}}},
		{"推送受阻", "一小时以上未能送达或已被暂停的事件推送", "none", []line{{`max(baoxue_webhooks_failing)`, "事件推送"}}},
	}},
	{"数据库与审计", []course{
		{"数据库连接", "使用中的连接", "none", []line{{`baoxue_database_connections{state="used"}`, "{{service}} {{instance}}"}}},
		{"等待数据库连接", "平均有多少请求在等待一个连接", "none", []line{{`sum by (service, instance) (rate(baoxue_database_wait_seconds_total[$__rate_interval]))`, "{{service}} {{instance}}"}}},
		{"审计记录未入链", "最早一条的等待时间", "s", []line{{`max by (service) (baoxue_audit_oldest_seconds)`, "{{service}}"}}},
	}},
	{"程序", []course{
		{"处理器", "使用的处理器数", "none", []line{{`rate(process_cpu_seconds_total{job="baoxue"}[$__rate_interval])`, "{{instance}}"}}},
		{"内存", "常驻内存", "bytes", []line{{`process_resident_memory_bytes{job="baoxue"}`, "{{instance}}"}}},
		{"数据库时钟", "数据库比程序快多少；变更按数据库时钟计入月份", "s", []line{{`baoxue_database_clock_ahead_seconds`, "{{service}} {{instance}}"}}},
	}},
}
