// Package domain holds the rules of regions and users.
package domain

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// User is a person who may log in.
type User struct {
	ID, Username, DisplayName string
	Level                     RegionLevel
	Region                    string
	PasswordHash              string
	CreatedAt                 time.Time
}

// NewUser is a user to be created.
type NewUser struct {
	Username, Password, DisplayName string
	Level                           RegionLevel
	Region                          string
}

var usernameShape = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,63}$`)

const minPassword = 12

// Check reports all that is wrong with a new user at once. month is today's.
func (u NewUser) Check(regions *Regions, month string) error {
	var violations []fault.Violation
	violate := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	if !usernameShape.MatchString(u.Username) {
		violate("username", "INVALID_REQUEST", "用户名应为 2 至 64 位小写字母、数字、点、横线或下划线，以字母开头")
	}
	switch {
	case utf8.RuneCountInString(u.Password) < minPassword:
		violate("password", "PASSWORD_TOO_WEAK", "密码至少 12 位")
	case u.Username != "" && strings.Contains(strings.ToLower(u.Password), u.Username):
		violate("password", "PASSWORD_TOO_WEAK", "密码不能包含用户名")
	}
	if strings.TrimSpace(u.DisplayName) == "" {
		violate("display_name", "REQUIRED", "请填写姓名或称呼")
	}
	if u.Level < LevelProvince || u.Level > LevelCounty {
		violate("level", "REQUIRED", "请选择级别：省级、市级或县级")
	}
	region, ok := regions.Get(u.Region)
	switch {
	case !ok || !strings.HasPrefix(u.Region, Province[:2]) || !region.validIn(month):
		violate("region_code", "COUNTY_UNKNOWN", "请选择浙江省现行的地区")
	case region.Level != u.Level:
		violate("region_code", "REGION_LEVEL_MISMATCH", "所选地区与用户级别不符")
	}
	return fault.FromViolations("INVALID_REQUEST", "用户信息有误，请按提示修改", violations)
}
