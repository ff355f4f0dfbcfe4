// Package domain holds the rules of regions and users.
package domain

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// User is a person who may log in, unless disabled.
type User struct {
	ID, Username, DisplayName string
	Level                     RegionLevel
	Region                    string
	Roles                     []Role
	PasswordHash              string
	Disabled                  bool
	CreatedAt                 time.Time
}

// NewUser is a user to be created.
type NewUser struct {
	Username, Password, DisplayName string
	Level                           RegionLevel
	Region                          string
	// Roles; none means a clerk.
	Roles []Role
}

// Role is what a user may do at the level; the numbers are the contract's.
type Role int16

// The roles: 经办, 审核, 只读, 管理, 运维.
const (
	Clerk Role = iota + 1
	Reviewer
	Reader
	Administrator
	Operator
)

// AllRoles in their order.
func AllRoles() []Role { return []Role{Clerk, Reviewer, Reader, Administrator, Operator} }

// Normal returns the user with the roles sorted and each once; none means a clerk.
func (u NewUser) Normal() NewUser {
	if len(u.Roles) == 0 {
		u.Roles = []Role{Clerk}
	}
	roles := slices.Clone(u.Roles)
	slices.Sort(roles)
	u.Roles = slices.Compact(roles)
	return u
}

var usernameShape = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,63}$`)

// IsUsername reports whether somebody could be called so.
func IsUsername(name string) bool { return usernameShape.MatchString(name) }

// Characters of a password.
const (
	minPassword = 12
	maxPassword = 256
)

// Check reports all that is wrong with a new user at once. month is today's,
// yyyy-mm.
func (u NewUser) Check(regions *Regions, month string) error {
	var violations []fault.Violation
	violate := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason, Message: message})
	}
	switch {
	case u.Username == "":
		violate("username", "REQUIRED", "请填写用户名")
	case !IsUsername(u.Username):
		violate("username", "INVALID_REQUEST", "用户名应为 2 至 64 位小写字母、数字、点、横线或下划线，以字母开头")
	}
	length := utf8.RuneCountInString(u.Password)
	switch {
	case length == 0:
		violate("password", "REQUIRED", "请填写密码，12 至 256 位")
	case length < minPassword || length > maxPassword:
		violate("password", "PASSWORD_TOO_WEAK", "密码应为 12 至 256 位")
	case u.Username != "" && strings.Contains(strings.ToLower(u.Password), strings.ToLower(u.Username)):
		violate("password", "PASSWORD_TOO_WEAK", "密码不能包含用户名，请换一个")
	}
	switch {
	case strings.TrimSpace(u.DisplayName) == "":
		violate("display_name", "REQUIRED", "请填写姓名或称呼")
	case strings.ContainsFunc(u.DisplayName, unicode.IsControl):
		violate("display_name", "INVALID_REQUEST", "姓名或称呼不能含换行等控制字符")
	}
	levelKnown := u.Level >= LevelProvince && u.Level <= LevelCounty
	if !levelKnown {
		violate("level", "REQUIRED", "请选择级别：省级、市级或县级")
	}
	region, ok := regions.Get(u.Region)
	switch {
	case u.Region == "":
		violate("region_code", "REQUIRED", "请选择用户所属的地区")
	case !ok || !strings.HasPrefix(u.Region, Province[:2]) || !region.validIn(month):
		violate("region_code", "REGION_LEVEL_MISMATCH", "请选择浙江省现行的地区，填写其六位区划代码")
	case levelKnown && region.Level != u.Level:
		violate("region_code", "REGION_LEVEL_MISMATCH", "所选地区与用户级别不符：省级选省，市级选设区市，县级选县（市、区）")
	}
	if slices.ContainsFunc(u.Roles, func(r Role) bool { return r < Clerk || r > Operator }) {
		violate("roles", "ROLE_INVALID", "角色应为经办、审核、只读、管理或运维")
	}
	return fault.FromViolations("INVALID_REQUEST", "用户信息有误，请按提示修改", violations)
}
