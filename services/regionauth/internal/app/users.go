package app

import (
	"context"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// What creating a user can be refused with.
var (
	ErrUsernameTaken = &fault.Error{
		Kind: fault.Exists, Reason: "USERNAME_TAKEN", Message: "用户名已被使用",
		Violations: []fault.Violation{{Field: "username", Reason: "USERNAME_TAKEN", Message: "用户名已被使用，请换一个"}},
	}
	ErrBootstrapRefused = fault.New(fault.Denied, "BOOTSTRAP_REFUSED", "不能创建首个管理员：密钥不正确，或系统中已有用户")
)

// Shanghai is the time zone of all days and months.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Month is today's, yyyy-mm.
func (a Access) Month() string { return a.Now().In(Shanghai).Format("2006-01") }

// CreateUser creates a user.
func (a Access) CreateUser(ctx context.Context, u domain.NewUser) (domain.User, error) {
	if err := u.Check(a.Regions, a.Month()); err != nil {
		return domain.User{}, err
	}
	return a.Store.CreateUser(ctx, u, a.Passwords.Hash(u.Password), false)
}

// Bootstrap creates the first province user.
func (a Access) Bootstrap(ctx context.Context, secret string, u domain.NewUser) (domain.User, error) {
	if !sameSecret(secret, a.BootstrapSecret) {
		return domain.User{}, ErrBootstrapRefused
	}
	u.Level, u.Region = domain.LevelProvince, domain.Province
	if err := u.Check(a.Regions, a.Month()); err != nil {
		return domain.User{}, err
	}
	return a.Store.CreateUser(ctx, u, a.Passwords.Hash(u.Password), true)
}

// Me returns the calling user.
func (a Access) Me(ctx context.Context, id string) (domain.User, error) {
	user, ok, err := a.Store.UserByID(ctx, id)
	if err == nil && !ok {
		err = fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "账号不存在，请重新登录")
	}
	return user, err
}
