package server

import (
	"context"
	"strings"
	"time"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	"baoxue.internal/services/reporting/internal/app"
)

var roleTitles = map[commonv1.Role]string{
	commonv1.Role_ROLE_CLERK: "经办", commonv1.Role_ROLE_REVIEWER: "审核", commonv1.Role_ROLE_READER: "只读",
	commonv1.Role_ROLE_ADMINISTRATOR: "管理", commonv1.Role_ROLE_OPERATOR: "运维",
}

var levelTitles = map[commonv1.Level]string{
	commonv1.Level_LEVEL_PROVINCE: "省级", commonv1.Level_LEVEL_CITY: "市级", commonv1.Level_LEVEL_COUNTY: "县级",
}

// users with what may be asked of their accounts: who may do what, who has not been here for long,
// who has no second factor.
func (s *Lists) users(req *authv1.ListUsersRequest) app.List {
	return app.List{
		Name: "users", Title: "用户", Heads: []string{"用户名", "姓名", "层级", "区划代码", "地区", "角色", "状态", "双因素", "统一身份认证编号", "创建时间", "最近登录", "停用时间"},
		Widths: []float64{18, 20, 8, 10, 18, 18, 14, 8, 20, 20, 20, 20},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Users.ListUsers(ctx, &authv1.ListUsersRequest{
				RegionCode: req.GetRegionCode(), Q: req.GetQ(), PageSize: mostInPage, PageToken: token,
			})
			for _, u := range resp.GetUsers() {
				rows = append(rows, []any{
					u.GetUsername(), u.GetDisplayName(), levelTitles[u.GetLevel()], u.GetRegionCode(), u.GetRegionName(), rolesOf(u), standingOf(u, time.Now()),
					yes(u.GetTotp()), u.GetExternalId(), moment(u.GetCreateTime()), moment(u.GetLastLoginTime()), moment(u.GetDisableTime()),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

func rolesOf(u *authv1.User) string {
	titles := make([]string, len(u.GetRoles()))
	for i, role := range u.GetRoles() {
		titles[i] = roleTitles[role]
	}
	return strings.Join(titles, "、")
}

// standingOf is what keeps a user out, or else that nothing does.
func standingOf(u *authv1.User, now time.Time) string {
	switch {
	case u.GetDisabled():
		return "已停用"
	case u.GetLockedUntilTime() != nil && u.GetLockedUntilTime().AsTime().After(now):
		return "已锁定"
	case u.GetMustChangePassword():
		return "待首次登录"
	}
	return "正常"
}
