package domain

import (
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// formChecker gathers what is wrong with the fields of a form.
type formChecker struct {
	// prefix is the form's place in its request, with a dot.
	prefix     string
	violations []fault.Violation
}

func (c *formChecker) violate(field, reason, message string) {
	c.violations = append(c.violations, fault.Violation{Field: c.prefix + field, Reason: reason, Message: message})
}

// textField is what was written into a field: at most so many characters.
type textField struct {
	field, name, value string
	most               int
	required           bool
}

func (c *formChecker) texts(fields []textField) {
	for _, t := range fields {
		if t.required && fault.Unsaid(t.value) {
			c.violate(t.field, "REQUIRED", "请填写"+t.name)
		}
		if utf8.RuneCountInString(t.value) > t.most {
			c.violate(t.field, "TOO_LONG", t.name+"过长，请精简")
		}
	}
}

// pastDay is a day in the child's life until today; it is read if ok, wrong or not.
func (c *formChecker) pastDay(field, name, value string, e Entry, today time.Time) (day time.Time, ok bool) {
	if value == "" {
		c.violate(field, "REQUIRED", "请填写"+name)
		return day, false
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		c.violate(field, "DATE_INVALID", name+"应为 2019-07-17 这样的日期")
		return day, false
	case day.After(today):
		c.violate(field, "DATE_IN_FUTURE", name+"不能晚于今天")
	case !e.BirthDate.IsZero() && day.Before(Today(e.BirthDate)):
		c.violate(field, "DATE_BEFORE_BIRTH", name+"不能早于学生的出生日期")
	}
	return day, true
}
