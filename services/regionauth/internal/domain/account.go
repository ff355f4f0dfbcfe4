package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"baoxue.internal/pkg/fault"
)

// ServiceAccount is another system.
type ServiceAccount struct {
	Name, DisplayName string
	Scopes            []string
	// Region limits what the account sees.
	Region string
	// CertificateIdentity is the URI, DNS name or common name of its client
	// certificate; empty means none.
	CertificateIdentity string
	// The times are zero for never.
	ExpiresAt, LastUsedAt, CreatedAt time.Time
	Disabled                         bool
}

// Scopes are what other systems may be allowed to do.
var Scopes = []string{
	"entries.check", "entries.read", "findings.read", "months.read", "regions.read", "duties.write", "events.read", "audit.read",
}

// reserved names are Baoxue's own services': a token in such a name must never be
// another system's.
var reserved = []string{"ledger", "verification", "regionauth", "reporting", "gateway", "baoxue"}

// MaxOverlap is how long an earlier secret may work beside a new one.
const MaxOverlap = 30 * 24 * time.Hour

// Errors of service accounts.
var (
	ErrNoAccount       = fault.New(fault.NotFound, "NOT_FOUND", "系统账号不存在")
	ErrAccountDisabled = fault.New(fault.Precondition, "USER_DISABLED", "该系统账号已停用")
)

// Check reports all that is wrong with an account at once; was is the account
// before a change, the zero value for a new one.
func (a ServiceAccount) Check(was ServiceAccount, regions *Regions, now time.Time, month string) error {
	const prefix = "service_account."
	var violations []fault.Violation
	violate := func(field, reason, message string) {
		violations = append(violations, fault.Violation{Field: prefix + field, Reason: reason, Message: message})
	}
	switch {
	case !IsUsername(a.Name):
		violate("name", "INVALID_REQUEST", "名称应为 2 至 64 位小写字母、数字、点、横线或下划线，以字母开头")
	case slices.Contains(reserved, a.Name):
		violate("name", "NAME_TAKEN", "该名称由系统保留，请换一个")
	}
	violations = append(violations, checkDisplayName(prefix+"display_name", a.DisplayName)...)
	if len(a.Scopes) == 0 {
		violate("scopes", "REQUIRED", "请至少选择一项权限："+strings.Join(Scopes, "、"))
	}
	for _, s := range a.Scopes {
		if !slices.Contains(Scopes, s) {
			violate("scopes", "SCOPE_UNKNOWN", fmt.Sprintf("没有 %q 这项权限，可选：%s", s, strings.Join(Scopes, "、")))
		}
	}
	if a.Region != was.Region || a.Region == "" {
		violations = append(violations, checkRegion(prefix+"region_code", a.Region, 0, regions, month)...)
	}
	if len(a.CertificateIdentity) > 256 || strings.ContainsFunc(a.CertificateIdentity, unicode.IsControl) {
		violate("certificate_identity", "INVALID_REQUEST", "证书标识应为证书中的 URI、DNS 名称或通用名称，不超过 256 个字符")
	}
	if !a.ExpiresAt.IsZero() && !a.ExpiresAt.Equal(was.ExpiresAt) && !a.ExpiresAt.After(now) {
		violate("expire_time", "TIME_INVALID", "到期时间应晚于现在")
	}
	return fault.FromViolations("INVALID_REQUEST", "系统账号信息有误，请按提示修改", violations)
}

// Normal returns the account with each scope once, in order.
func (a ServiceAccount) Normal() ServiceAccount {
	a.Scopes = slices.Clone(a.Scopes)
	slices.Sort(a.Scopes)
	a.Scopes = slices.Compact(a.Scopes)
	a.CertificateIdentity = strings.TrimSpace(a.CertificateIdentity)
	return a
}

// CheckOverlap refuses an overlap of secrets that is none or too long.
func CheckOverlap(d time.Duration) error {
	if d < 0 || d > MaxOverlap {
		return fault.FromViolations("INVALID_REQUEST", "重叠时间有误", []fault.Violation{
			{Field: "overlap", Reason: "TIME_INVALID", Message: "旧密钥继续有效的时间应为 0 至 30 天"},
		})
	}
	return nil
}
