package domain

import (
	"slices"
	"strings"

	"baoxue.internal/pkg/fault"
)

// Manager is an administrator who manages users.
type Manager struct {
	ID     string
	Level  RegionLevel
	Region string
}

// Manages reports whether a user is within the manager's reach: the province's
// manages all, a city's the users of its counties, also of a county that is no
// more.
func (m Manager) Manages(level RegionLevel, region string, regions *Regions) bool {
	switch m.Level {
	case LevelProvince:
		return true
	case LevelCity:
		return level == LevelCounty && slices.Contains(regions.CountiesEver(m.Region), region)
	default:
		return false
	}
}

// CountiesEver are the codes of all counties that a city has or had.
func (a *Regions) CountiesEver(city string) []string {
	var codes []string
	for _, r := range a.each {
		if r.Level == LevelCounty && r.Parent == city {
			codes = append(codes, r.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Refusals of what a manager asks for.
var (
	// ErrNoUser is also the answer for a user out of the manager's reach.
	ErrNoUser           = fault.New(fault.NotFound, "NOT_FOUND", "用户不存在")
	ErrOwnAccount       = fault.New(fault.Precondition, "OWN_ACCOUNT", "不能对自己的账号进行此操作，请由其他管理员办理")
	ErrLastAdmin        = fault.New(fault.Precondition, "LAST_ADMINISTRATOR", "这是最后一位可用的省级管理员，请先设置另一位省级管理员")
	ErrUserDisabled     = fault.New(fault.Precondition, "USER_DISABLED", "该用户已停用")
	ErrUserNotDisabled  = fault.New(fault.Precondition, "USER_HOLDS_WORK", "请先停用该用户并移交其工作，再删除")
	ErrUserHoldsWork    = fault.New(fault.Precondition, "USER_HOLDS_WORK", "该用户的工作尚未移交完毕，请稍后再删除")
	ErrUserHasHistory   = fault.New(fault.Precondition, "USER_HAS_HISTORY", "该用户登录过，其办理记录须保留，不能删除，保持停用即可")
	errSuccessorInvalid = &fault.Error{
		Kind: fault.Invalid, Reason: "SUCCESSOR_INVALID", Message: "移交对象不符合要求",
		Violations: []fault.Violation{{Field: "hand_over_to", Reason: "SUCCESSOR_INVALID", Message: "请填写同一地区、未停用、有经办角色的另一位用户的用户名"}},
	}
)

// CheckReason refuses a reason for the audit trail that tells nobody anything.
func CheckReason(reason string) error {
	if !fault.Unsaid(reason) {
		return nil
	}
	return fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
		{Field: "reason", Reason: "REQUIRED", Message: "请说明原因，原因将记入审计日志"},
	})
}

// IsProvinceAdministrator reports whether the user manages everybody.
func (u User) IsProvinceAdministrator() bool {
	return !u.Disabled && u.Level == LevelProvince && slices.Contains(u.Roles, Administrator)
}

// CheckReach is what makes a user out of reach as one that does not exist.
func (m Manager) CheckReach(u User, regions *Regions) error {
	if !m.Manages(u.Level, u.Region, regions) {
		return ErrNoUser
	}
	return nil
}

// CheckNew reports all that is wrong with a user whom the manager creates.
func (m Manager) CheckNew(u NewUser, regions *Regions, month string) error {
	err := u.Check(regions, month)
	if m.Manages(u.Level, u.Region, regions) {
		return err
	}
	all := &fault.Error{Kind: fault.Invalid, Reason: "INVALID_REQUEST", Message: "用户信息有误，请按提示修改"}
	if f := fault.As(err); f != nil {
		all.Violations = f.Violations
	}
	all.Violations = append(slices.Clone(all.Violations), fault.Violation{
		Field: "region_code", Reason: "PERMISSION_DENIED", Message: "只能管理本市所辖县（市、区）的县级用户，请选择本市的县（市、区）",
	})
	return all
}

// UserChange is what of a user is changed; nil stays.
type UserChange struct {
	DisplayName, Region, ExternalID *string
	Roles                           *[]Role
}

// Of is the user after the change. otherAdministrators are the enabled province
// administrators besides the user.
func (c UserChange) Of(u User, by Manager, otherAdministrators int, regions *Regions, month string) (User, error) {
	if err := by.CheckReach(u, regions); err != nil {
		return u, err
	}
	var violations []fault.Violation
	was := u
	if c.DisplayName != nil {
		u.DisplayName = *c.DisplayName
		violations = append(violations, checkDisplayName("user.display_name", u.DisplayName)...)
	}
	if c.Region != nil && *c.Region != u.Region {
		u.Region = *c.Region
		violations = append(violations, checkRegion("user.region_code", u.Region, u.Level, regions, month)...)
		if len(violations) == 0 && !by.Manages(u.Level, u.Region, regions) {
			violations = append(violations, fault.Violation{Field: "user.region_code", Reason: "PERMISSION_DENIED", Message: "只能选择本市所辖的县（市、区）"})
		}
	}
	if c.Roles != nil {
		u.Roles = normalRoles(*c.Roles)
		violations = append(violations, checkRoles("user.roles", u.Roles)...)
		if len(u.Roles) == 0 {
			violations = append(violations, fault.Violation{Field: "user.roles", Reason: "REQUIRED", Message: "请至少选择一个角色"})
		}
	}
	if c.ExternalID != nil {
		u.ExternalID = strings.TrimSpace(*c.ExternalID)
	}
	if err := fault.FromViolations("INVALID_REQUEST", "用户信息有误，请按提示修改", violations); err != nil {
		return was, err
	}
	if by.ID == u.ID && !slices.Equal(u.Roles, was.Roles) {
		return was, ErrOwnAccount
	}
	if was.IsProvinceAdministrator() && !u.IsProvinceAdministrator() && otherAdministrators == 0 {
		return was, ErrLastAdmin
	}
	return u, nil
}

// CheckDisable decides whether the manager may disable a user. successor is nil
// when none was named, and the zero User when the one named is not there.
func (m Manager) CheckDisable(u User, successor *User, otherAdministrators int, regions *Regions) error {
	if err := m.CheckReach(u, regions); err != nil {
		return err
	}
	switch {
	case m.ID == u.ID:
		return ErrOwnAccount
	case u.Disabled:
		return ErrUserDisabled
	case u.IsProvinceAdministrator() && otherAdministrators == 0:
		return ErrLastAdmin
	case successor != nil && !canTakeOver(*successor, u):
		return errSuccessorInvalid
	}
	return nil
}

func canTakeOver(s, from User) bool {
	return s.ID != "" && s.ID != from.ID && !s.Disabled && s.Level == from.Level && s.Region == from.Region && slices.Contains(s.Roles, Clerk)
}

// Holders are the services that may hold open work of a user: the ledger, where
// people are responsible for entries. One more that makes people responsible for
// something is named here and confirms hand-overs like it.
var Holders = []string{"ledger"}

// CheckDelete decides whether the manager may delete a user, of whom some
// services said that they hold no more work.
func (m Manager) CheckDelete(u User, confirmed []string, regions *Regions) error {
	if err := m.CheckReach(u, regions); err != nil {
		return err
	}
	switch {
	case !u.Disabled:
		return ErrUserNotDisabled
	case slices.ContainsFunc(Holders, func(s string) bool { return !slices.Contains(confirmed, s) }):
		return ErrUserHoldsWork
	// Without a login there is nothing that the user can have done.
	case !u.LastLoginAt.IsZero():
		return ErrUserHasHistory
	}
	return nil
}

// CheckReset decides whether the manager may give a user a new password. The own
// one is changed with the old one: who found an open session must not be able to
// take the account over.
func (m Manager) CheckReset(u User, regions *Regions) error {
	if err := m.CheckReach(u, regions); err != nil {
		return err
	}
	if m.ID == u.ID {
		return ErrOwnAccount
	}
	return nil
}
