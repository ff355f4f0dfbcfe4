// Package domain holds the rules of regions and users.
package domain

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"baoxue.internal/pkg/fault"
)

// User is a person who may log in, unless disabled.
type User struct {
	ID, Username, DisplayName string
	Level                     RegionLevel
	Region                    string
	Roles                     []Role
	PasswordHash              string
	// MustChangePassword keeps the user from everything else.
	MustChangePassword bool
	// ExternalID is who this is at the single sign-on provider; empty means nobody.
	ExternalID string
	Disabled   bool
	// The times are zero for never.
	CreatedAt, DisabledAt, LastLoginAt time.Time
	// LockedUntil is until when wrong attempts keep strange addresses out.
	LockedUntil time.Time
	Totp        Totp
}

// NewUser is a user to be created.
type NewUser struct {
	Username, Password, DisplayName string
	Level                           RegionLevel
	Region                          string
	// Roles; none means a clerk.
	Roles      []Role
	ExternalID string
	// MustChangePassword at the first login.
	MustChangePassword bool
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
	u.Roles = normalRoles(u.Roles)
	return u
}

var usernameShape = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,63}$`)

// IsUsername reports whether somebody could be called so.
func IsUsername(name string) bool { return usernameShape.MatchString(name) }

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
	violations = append(violations, CheckPassword("password", u.Username, u.Password)...)
	violations = append(violations, checkDisplayName("display_name", u.DisplayName)...)
	levelKnown := u.Level >= LevelProvince && u.Level <= LevelCounty
	if !levelKnown {
		violate("level", "REQUIRED", "请选择级别：省级、市级或县级")
	}
	violations = append(violations, checkRegion("region_code", u.Region, u.Level, regions, month)...)
	violations = append(violations, checkRoles("roles", u.Roles)...)
	return fault.FromViolations("INVALID_REQUEST", "用户信息有误，请按提示修改", violations)
}

func checkDisplayName(field, name string) []fault.Violation {
	switch {
	case fault.Unsaid(name):
		return []fault.Violation{{Field: field, Reason: "REQUIRED", Message: "请填写姓名或称呼"}}
	case strings.ContainsFunc(name, unicode.IsControl):
		return []fault.Violation{{Field: field, Reason: "INVALID_REQUEST", Message: "姓名或称呼不能含换行等控制字符"}}
	}
	return nil
}

// checkRegion wants a region of today at the level; a level that is none is
// somebody else's violation.
func checkRegion(field, code string, level RegionLevel, regions *Regions, month string) []fault.Violation {
	region, ok := regions.Get(code)
	switch {
	case code == "":
		return []fault.Violation{{Field: field, Reason: "REQUIRED", Message: "请选择用户所属的地区"}}
	case !ok || !strings.HasPrefix(code, Province[:2]) || !region.validIn(month):
		return []fault.Violation{{Field: field, Reason: "REGION_LEVEL_MISMATCH", Message: "请选择浙江省现行的地区，填写其六位区划代码"}}
	case level >= LevelProvince && level <= LevelCounty && region.Level != level:
		return []fault.Violation{{Field: field, Reason: "REGION_LEVEL_MISMATCH", Message: "所选地区与用户级别不符：省级选省，市级选设区市，县级选县（市、区）"}}
	}
	return nil
}

func checkRoles(field string, roles []Role) []fault.Violation {
	if slices.ContainsFunc(roles, func(r Role) bool { return r < Clerk || r > Operator }) {
		return []fault.Violation{{Field: field, Reason: "ROLE_INVALID", Message: "角色应为经办、审核、只读、管理或运维"}}
	}
	return nil
}

// normalRoles are sorted and each once.
func normalRoles(roles []Role) []Role {
	roles = slices.Clone(roles)
	slices.Sort(roles)
	return slices.Compact(roles)
}
