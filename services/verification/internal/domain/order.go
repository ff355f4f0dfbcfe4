package domain

import (
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// OrderState is where a supervision order (督办) stands.
type OrderState string

// The states.
const (
	OrderOpen   OrderState = "OPEN"
	OrderClosed OrderState = "CLOSED"
)

// StepKind is what was done about an order.
type StepKind string

// The kinds. A reminder comes some days before the last day, an escalation after it; both come
// by themselves.
const (
	StepIssued    StepKind = "ISSUED"
	StepReceived  StepKind = "RECEIVED"
	StepReplied   StepKind = "REPLIED"
	StepExtended  StepKind = "EXTENDED"
	StepReminded  StepKind = "REMINDED"
	StepEscalated StepKind = "ESCALATED"
	StepClosed    StepKind = "CLOSED"
)

// ErrOrderNotFound is returned for an order that is missing, or out of the caller's sight.
var ErrOrderNotFound = fault.New(fault.NotFound, "NOT_FOUND", "没有找到该督办，或它不在您的管辖范围内")

// Order is what a city or the province demands of a county, with a last day.
type Order struct {
	ID, County string
	// Issuer is the region that gave it.
	Issuer string
	Title  string
	// DueOn is the last day, at midnight UTC.
	DueOn             time.Time
	State             OrderState
	Received, Replied bool
	Reminded          bool
	Escalated         bool
	Author            string
	CreatedAt         time.Time
	// Steps are in their order; a list of orders has none.
	Steps []Step
}

// Step is one thing done about an order.
type Step struct {
	Number int
	Kind   StepKind
	Text   string
	// DueOn is set by an issue and an extension.
	DueOn  time.Time
	Author string
	At     time.Time
}

// Overdue reports whether the last day has passed.
func (o Order) Overdue(today time.Time) bool { return o.State == OrderOpen && o.DueOn.Before(today) }

// OrderForm is an order as it is given, to one county or several.
type OrderForm struct {
	To                 []Addressee
	Title, Text, DueOn string
}

// Addressee is a county that an order is given to, and the field that names it.
type Addressee struct{ County, Field string }

// The longest texts, in characters.
const (
	longestTitle = 100
	longestText  = 2000
)

// Check reports all that is wrong with a new order, and its last day. Known are those of the
// counties that there are in the issuer's region.
func (f OrderForm) Check(known map[string]bool, today time.Time) (time.Time, error) {
	var violations []fault.Violation
	add := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	if len(f.To) == 0 {
		add("county_codes", "REQUIRED", "请选择承办的县（市、区）")
	}
	seen := map[string]bool{}
	for _, to := range f.To {
		switch {
		case !known[to.County]:
			add(to.Field, "REGION_UNKNOWN", "请选择本辖区内的县（市、区）")
		case seen[to.County]:
			add(to.Field, "REPEATED", "该县（市、区）重复")
		}
		seen[to.County] = true
	}
	checkText(add, "title", "标题", f.Title, longestTitle)
	checkText(add, "text", "督办内容", f.Text, longestText)
	due := checkDue(add, f.DueOn, today)
	return due, fault.FromViolations("ORDER_INVALID", "督办填写有误，请按提示修改", violations)
}

func checkText(add func(field, reason, message string), field, name, text string, most int) {
	switch {
	case fault.Unsaid(text):
		add(field, "REQUIRED", "请填写"+name)
	case utf8.RuneCountInString(strings.TrimSpace(text)) > most:
		add(field, "TOO_LONG", name+"过长")
	}
}

func checkDue(add func(field, reason, message string), text string, today time.Time) time.Time {
	due, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		add("due_on", "REQUIRED", "请选择期限")
	case due.Before(today):
		add("due_on", "DATE_INVALID", "期限不能早于今天")
	case due.After(today.AddDate(1, 0, 0)):
		add("due_on", "DATE_INVALID", "期限不能超过一年")
	}
	return due
}

// OrderAction is a step that somebody takes.
type OrderAction struct {
	Kind StepKind
	Text string
	// DueOn of an extension, yyyy-mm-dd.
	DueOn string
	// Region of whoever takes it.
	Region string
}

// After is the order after a step, or why the step can't be taken. A county receives and replies;
// who gave the order, or the province, extends and closes it.
func (o Order) After(a OrderAction, today time.Time) (Order, error) {
	county, above := a.Region == o.County, a.Region == o.Issuer || strings.HasSuffix(a.Region, "0000")
	switch {
	case o.State != OrderOpen:
		return o, fault.New(fault.Precondition, "ORDER_CLOSED", "该督办已办结")
	case (a.Kind == StepReceived || a.Kind == StepReplied) && !county,
		(a.Kind == StepExtended || a.Kind == StepClosed) && !above:
		return o, fault.New(fault.Denied, "PERMISSION_DENIED", "签收和回复由承办县（市、区）办理，延期和办结由发出单位办理")
	case a.Kind == StepReceived && o.Received:
		return o, fault.New(fault.Precondition, "ORDER_RECEIVED", "该督办已签收")
	}
	var violations []fault.Violation
	add := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	if a.Kind != StepReceived {
		checkText(add, "text", map[StepKind]string{StepReplied: "办理情况", StepExtended: "延期理由", StepClosed: "办结意见"}[a.Kind], a.Text, longestText)
	}
	switch a.Kind {
	case StepReceived:
		o.Received = true
	case StepReplied:
		o.Received, o.Replied = true, true
	case StepExtended:
		due := checkDue(add, a.DueOn, today)
		if len(violations) == 0 && !due.After(o.DueOn) {
			add("due_on", "DATE_INVALID", "新期限应晚于原期限")
		}
		o.DueOn, o.Reminded, o.Escalated = due, false, false
	case StepClosed:
		o.State = OrderClosed
	case StepIssued, StepReminded, StepEscalated:
		return o, fault.New(fault.Denied, "PERMISSION_DENIED", "该步骤由系统办理")
	}
	return o, fault.FromViolations("ORDER_INVALID", "填写有误，请按提示修改", violations)
}

// Told is the order after what has come of itself by a day, and the step that tells it; no step
// when nothing has. Its county is reminded so many days before the last one.
func (o Order) Told(today time.Time, remindDays int) (Order, StepKind) {
	switch {
	case o.State != OrderOpen:
		return o, ""
	case o.Overdue(today) && !o.Escalated:
		o.Escalated, o.Reminded = true, true
		return o, StepEscalated
	case !o.Overdue(today) && !o.Reminded && !o.DueOn.After(today.AddDate(0, 0, remindDays)):
		o.Reminded = true
		return o, StepReminded
	}
	return o, ""
}
