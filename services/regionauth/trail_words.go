package regionauth

import "baoxue.internal/pkg/audit"

// trailWords say for people what the trail records.
var trailWords = audit.Words{
	Actions: map[string]string{
		"login":             "登录",
		"logout":            "退出",
		"logout.everywhere": "退出全部登录",
		"login.refused":     "登录被拒",
		"password.refused":  "密码验证被拒",
		"refresh.refused":   "续期被拒",
		"bootstrap.refused": "初始化被拒",
		"service.refused":   "服务身份被拒",
		"user.bootstrap":    "初始化管理员",
		"user.create":       "新增用户",
		"user.update":       "修改用户",
		"user.disable":      "停用用户",
		"user.enable":       "启用用户",
		"user.delete":       "删除用户",
		"password.change":   "修改密码",
		"password.reset":    "重置密码",
		"totp.on":           "启用动态验证码",
		"totp.off":          "停用动态验证码",
		"totp.refused":      "动态验证码被拒",
		"account.create":    "新增系统账号",
		"account.update":    "修改系统账号",
		"account.rotate":    "更换系统账号密钥",
		"account.disable":   "停用系统账号",
		"account.token":     "系统账号取得令牌",
		"account.refused":   "系统账号被拒",
		"key.rotate":        "更换签名密钥",
		"region.change":     "登记区划变更",
	},
	Resources: map[string]string{
		"user":          "用户",
		"name":          "用户名",
		"account":       "系统账号",
		"key":           "签名密钥",
		"region_change": "区划变更",
	},
}
