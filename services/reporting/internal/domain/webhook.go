package domain

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// WebhookState tells whether events are sent.
type WebhookState string

// The states; they are stored.
const (
	WebhookActive    WebhookState = "ACTIVE"
	WebhookPaused    WebhookState = "PAUSED"
	WebhookSuspended WebhookState = "SUSPENDED"
)

const (
	// MostWebhooks is how many there may be.
	MostWebhooks = 50
	// MostInMessage is how many events are sent together.
	MostInMessage = 100
	// The first and the longest pause after a failure; each is twice the one before.
	firstPause   = 10 * time.Second
	longestPause = time.Hour
	// suspendAfter so long without success nobody is at the other end.
	suspendAfter = 72 * time.Hour
	// The longest display name, in characters.
	longestDisplayName = 100
)

// What may be wrong with a webhook.
var (
	ErrWebhookUnknown  = fault.New(fault.NotFound, "NOT_FOUND", "没有找到该事件推送")
	ErrTooManyWebhooks = fault.New(fault.Precondition, "TOO_MANY_WEBHOOKS", fmt.Sprintf("事件推送最多 %d 个，请先删除不再使用的", MostWebhooks))
)

// Webhook is where another system wants to be told of events.
type Webhook struct {
	ID          string
	URL         string
	Region      string
	Types       []string
	DisplayName string
	State       WebhookState
	Author      string
	CreatedAt   time.Time
	// Waiting are the events that are not delivered yet.
	Waiting int
	// Failures since the last success, the first of them and the newest's reason.
	Failures     int
	FailingSince time.Time
	LastError    string
	NextAttempt  time.Time
	LastSuccess  time.Time
	// DroppedUntil then events waited too long.
	DroppedUntil time.Time
}

// WebhookForm is a webhook as it is wanted.
type WebhookForm struct {
	URL, Region, DisplayName string
	Types                    []string
}

// Check reports all that is wrong with it. Reachable tells whether an address may be called.
func (f WebhookForm) Check(regionKnown bool, published []string, reachable func(netip.Addr) error) error {
	var violations []fault.Violation
	add := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	if reason, message := checkURL(f.URL, reachable); reason != "" {
		add("url", reason, message)
	}
	if !regionKnown {
		add("region_code", "REGION_UNKNOWN", "请选择省、市或县（市、区）")
	}
	switch {
	case fault.Unsaid(f.DisplayName):
		add("display_name", "REQUIRED", "请填写接收系统的名称")
	case utf8.RuneCountInString(strings.TrimSpace(f.DisplayName)) > longestDisplayName:
		add("display_name", "TOO_LONG", "名称过长")
	}
	violations = append(violations, UnknownEventTypes(f.Types, published)...)
	return fault.FromViolations("WEBHOOK_INVALID", "事件推送填写有误，请按提示修改", violations)
}

// UnknownEventTypes are those that are not published: whoever waits for one waits for ever.
func UnknownEventTypes(types, published []string) (violations []fault.Violation) {
	for i, t := range types {
		if !slices.Contains(published, t) {
			violations = append(violations, fault.Violation{
				Field: fmt.Sprintf("types[%d]", i), Reason: "EVENT_TYPE_UNKNOWN", Message: "没有这种事件：" + t,
			})
		}
	}
	return violations
}

func checkURL(text string, reachable func(netip.Addr) error) (reason, message string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "REQUIRED", "请填写接收地址"
	case err != nil || u.Hostname() == "":
		return "URL_INVALID", "接收地址不是有效的网址"
	case u.Scheme != "https":
		return "URL_INVALID", "接收地址须以 https:// 开头"
	case u.User != nil || u.Fragment != "":
		return "URL_INVALID", "接收地址不能含用户名、密码或 # 之后的部分"
	}
	// What a name stands for is known only when it is called, and looked at then.
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && reachable(ip) != nil {
		return "ADDRESS_FORBIDDEN", "系统不允许访问该地址；内网地址须先由运维人员列入 webhook-networks"
	}
	return "", ""
}

// Delivered is the webhook after a message arrived: the next may go at once.
func (w Webhook) Delivered(now time.Time) Webhook {
	w.Failures, w.FailingSince, w.LastError = 0, time.Time{}, ""
	w.NextAttempt, w.LastSuccess = now, now
	return w
}

// Failed is the webhook after a message did not arrive: it waits longer each time, and is suspended
// when that lasts, or at once when the other side says that it is gone.
func (w Webhook) Failed(now time.Time, why string, gone bool) Webhook {
	if w.Failures == 0 {
		w.FailingSince = now
	}
	pause := longestPause
	// Shifted further, the first pause would overflow long after it had passed the longest.
	const mostShifts = 10
	if w.Failures < mostShifts {
		pause = min(firstPause<<w.Failures, longestPause)
	}
	w.Failures++
	w.LastError, w.NextAttempt = why, now.Add(pause)
	if gone || now.Sub(w.FailingSince) >= suspendAfter {
		w.State = WebhookSuspended
	}
	return w
}

// Paused is the webhook while nothing is to be sent to it.
func (w Webhook) Paused() Webhook {
	w.State = WebhookPaused
	return w
}

// Resumed goes on at once, with as much patience as at first.
func (w Webhook) Resumed(now time.Time) Webhook {
	w.State, w.NextAttempt = WebhookActive, now
	w.Failures, w.FailingSince, w.LastError = 0, time.Time{}, ""
	return w
}
