package systemtest

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An administrator takes somebody in and lets them go, by command line.
func TestPeopleByCommandLine(t *testing.T) {
	s := oneProcess(t)
	program := filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl")
	admin := ctl{t: t, program: program, data: s.data, dir: t.TempDir()}
	admin.ok("省教育厅", "login", "-u", "zhejiang")
	out := admin.ok("已创建：newcomer", "user", "create", "-u", "newcomer", "--level", "county", "--region", "330106", "--display-name", "新人", "--role", "clerk,reader")
	first := regexp.MustCompile(`首次登录密码 (\S+)`).FindStringSubmatch(out)[1]

	newcomer := ctl{t: t, program: program, data: s.data, dir: t.TempDir()}
	t.Setenv("BAOXUE_NEW_PASSWORD", "correct horse battery")
	newcomer.env = []string{"BAOXUE_PASSWORD=" + first}
	newcomer.ok("baoxuectl passwd", "login", "-u", "newcomer")
	if out, code := newcomer.run("entries", "list"); code != 1 || !strings.Contains(out, "PASSWORD_CHANGE_REQUIRED") {
		t.Fatalf("before the change: exit %d, %s", code, out)
	}
	newcomer.ok("密码已修改", "passwd")
	newcomer.ok("编号", "entries", "list")

	admin.ok("newcomer", "user", "list", "--region", "330106")
	admin.ok("经办、审核", "user", "roles", "newcomer", "--role", "clerk,reviewer")
	admin.ok("首次登录密码", "user", "reset-password", "newcomer", "--reason", "忘记密码")
	if out, code := admin.run("user", "disable", "newcomer", "--reason", "调离", "--hand-over-to", "cangnan"); code != 1 || !strings.Contains(out, "SUCCESSOR_INVALID") {
		t.Fatalf("to another county: exit %d, %s", code, out)
	}
	admin.ok("已停用", "user", "disable", "newcomer", "--reason", "调离", "--hand-over-to", "xihu")
	admin.ok("已启用", "user", "enable", "newcomer", "--reason", "回来了")

	admin.ok("仅显示一次", "account", "create", "school", "--display-name", "学籍系统", "--scope", "entries.read,regions.read", "--region", "330100")
	admin.ok("仅显示一次", "account", "rotate", "school", "--overlap", "24h")
	admin.ok("已停用", "account", "disable", "school", "--reason", "停止对接")
	admin.ok("学籍系统", "account", "list")
}
