package app

import (
	"context"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// Me returns the calling user as the database has it now. Who was disabled after
// the token was made is told so here first.
func (a Access) Me(ctx context.Context, id string) (domain.User, error) {
	user, ok, err := a.Store.UserByID(ctx, id)
	if err != nil {
		return domain.User{}, err
	}
	if !ok || user.Disabled {
		return domain.User{}, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "账号不存在或已停用，请联系省级管理员")
	}
	return user, nil
}
