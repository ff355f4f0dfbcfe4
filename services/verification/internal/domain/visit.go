package domain

import (
	"time"

	"baoxue.internal/pkg/fault"
)

// VisitMethod is how a family was reached, VisitResult what came of it; both are the
// numbers of the contract, 0 is none.
type (
	VisitMethod int16
	VisitResult int16
)

// What the rules ask by name.
const (
	WrittenNotice  VisitMethod = 4
	lastMethod     VisitMethod = 5
	BackInClass    VisitResult = 1
	NotMet         VisitResult = 4
	lastResult                 = NotMet
	latestNextDate             = 366
)

// VisitForm is a persuasion visit as the clerk filled it in (劝返记录, DOMAIN §3 and §6).
type VisitForm struct {
	Date            string
	Persuaders      string
	Contact         string
	Method          VisitMethod
	ChildSituation  string
	FamilySituation string
	Result          VisitResult
	Support         string
	NextDate        string
}

// Visit is a recorded visit. Nothing of it is changed later: a correction is a visit of
// the same number.
type Visit struct {
	VisitForm
	ID, EntryID string
	// Number counts the entry's visits from 1.
	Number     int32
	CorrectsID string
	// Superseded: a later correction has the same number.
	Superseded bool
	Author     string
	At         time.Time
}

// Check reports all violations at once. today is a day as Today gives it.
func (f VisitForm) Check(e Entry, today time.Time) error {
	c := visitChecker{formChecker: formChecker{prefix: "form."}, form: f}
	c.words()
	date, dated := c.pastDay("date", "劝返日期", f.Date, e, today)
	c.choices()
	c.next(date, dated)
	return fault.FromViolations("VISIT_INVALID", "劝返记录填写有误，请按提示修改后保存", c.violations)
}

// Days are the two dates of a form that passed Check; next is zero when none is planned.
func (f VisitForm) Days() (date, next time.Time, err error) {
	if date, err = time.Parse(time.DateOnly, f.Date); err != nil || f.NextDate == "" {
		return date, next, err
	}
	next, err = time.Parse(time.DateOnly, f.NextDate)
	return date, next, err
}

type visitChecker struct {
	formChecker
	form VisitForm
}

func (c *visitChecker) words() {
	f := c.form
	c.texts([]textField{
		{"persuaders", "劝返人员", f.Persuaders, maxShort, true},
		{"contact", "受访人", f.Contact, maxShort, f.Result != NotMet && f.Method != WrittenNotice},
		{"child_situation", "学生情况", f.ChildSituation, maxLong, f.Result != NotMet},
		{"family_situation", "家庭情况", f.FamilySituation, maxLong, f.Result != NotMet},
		{"support", "帮扶措施", f.Support, maxLong, false},
	})
}

func (c *visitChecker) choices() {
	if c.form.Method < 1 || c.form.Method > lastMethod {
		c.violate("method", "REQUIRED", "请选择劝返方式")
	}
	if c.form.Result < 1 || c.form.Result > lastResult {
		c.violate("result", "REQUIRED", "请选择劝返结果")
	}
}

func (c *visitChecker) next(date time.Time, dated bool) {
	if c.form.NextDate == "" {
		return
	}
	next, err := time.Parse(time.DateOnly, c.form.NextDate)
	switch {
	case err != nil:
		c.violate("next_date", "DATE_INVALID", "下次劝返日期应为 2019-07-17 这样的日期")
	case dated && !next.After(date):
		c.violate("next_date", "DATE_IN_PAST", "下次劝返日期应晚于本次劝返日期")
	case dated && next.After(date.AddDate(0, 0, latestNextDate)):
		c.violate("next_date", "DATE_INVALID", "下次劝返日期应在一年之内")
	}
}
