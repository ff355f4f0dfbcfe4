// Package domain holds the rules of a finding (DOMAIN §3).
package domain

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
)

// Action is one of the notice's three buttons (§四, steps two to four).
type Action int16

// The actions.
const (
	Enrolled    Action = 1 // 实际就读
	Dropout     Action = 2 // 辍学处理
	Unconfirmed Action = 3 // 未确认完成
)

// Code is one line of the classification standard.
type Code struct {
	Code        string
	Name        string
	Explanation string
	Action      Action
	ValidFrom   time.Time
}

// Standard is one version of the classification standard, by code.
type Standard map[string]Code

// Standards are all versions, oldest first.
type Standards []Code

// On returns the version that holds on a day.
func (s Standards) On(day time.Time) Standard {
	standard := Standard{}
	var version time.Time
	for _, c := range s {
		if c.ValidFrom.After(day) {
			break
		}
		if !c.ValidFrom.Equal(version) {
			standard, version = Standard{}, c.ValidFrom
		}
		standard[c.Code] = c
	}
	return standard
}

// ErrStandardThere refuses a version for a day on which another begins.
var ErrStandardThere = fault.New(fault.Exists, "ALREADY_EXISTS", "该日期已有一版分类标准")

var codeShape = regexp.MustCompile(`^([AB][1-9][0-9]?|99)$`)

// CheckVersion refuses a version of the standard that could not hold from a day on. A
// version begins after today: what was found until then was found by another.
func CheckVersion(from time.Time, codes []Code, all Standards, today time.Time) error {
	var violations []fault.Violation
	violate := func(field, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: "STANDARD_INVALID", Message: message})
	}
	if !from.After(today) {
		violate("valid_from", "新版分类标准的启用日期应晚于今天")
	}
	for _, c := range all {
		if !c.ValidFrom.Before(from) {
			violate("valid_from", "该日期或其后已有一版分类标准")
			break
		}
	}
	seen := map[string]bool{}
	for i, c := range codes {
		field := fmt.Sprintf("codes[%d]", i)
		switch {
		case !codeShape.MatchString(c.Code):
			violate(field+".code", "编码“"+c.Code+"”应为 A1、B10 或 99 这样的编码")
		case seen[c.Code]:
			violate(field+".code", "编码“"+c.Code+"”重复")
		case (c.Code == unconfirmedCode) != (c.Action == Unconfirmed) || c.Action < Enrolled || c.Action > Unconfirmed,
			strings.HasPrefix(c.Code, "A") && c.Action != Dropout:
			violate(field+".action", "编码“"+c.Code+"”与所属的按钮不符")
		}
		if seen[c.Code] = true; fault.Unsaid(c.Name) {
			violate(field+".name", "编码“"+c.Code+"”须有名称")
		}
	}
	if !seen[unconfirmedCode] {
		violate("codes", "分类标准须含 99 未确认完成")
	}
	return fault.FromViolations("STANDARD_INVALID", "分类标准有误，请按提示修改后重新载入", violations)
}
