package systemtest

import (
	"path/filepath"
	"strings"
	"testing"
)

// An administrator looks at the divisions of then and now, and enters a change.
func TestDivisionsByCommandLine(t *testing.T) {
	s := oneProcess(t)
	admin := ctl{t: t, program: filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl"), data: s.data, dir: t.TempDir()}
	admin.ok("省教育厅", "login", "-u", "zhejiang")
	admin.ok("共 11 个设区市、89 个县（市、区）", "region", "list", "--as-of", "2019-07-31")
	admin.ok("共 11 个设区市、90 个县（市、区）", "region", "list")
	month := thisMonth()
	if out, code := admin.run("region", "change", "--kind", "merge", "--month", "2019-07", "--from", "330105", "--to", "330106", "--document", "测试"); code != 1 ||
		!strings.Contains(out, "已结束的月份保持当时的区划") {
		t.Fatalf("a month that has ended: exit %d, %s", code, out)
	}
	admin.ok("合并：330105 → 330106", "region", "change", "--kind", "merge", "--month", month, "--from", "330105", "--to", "330106", "--document", "国函测试号")
	admin.ok("拆分：330302 → 330385东鹿区、330386西鹿区", "region", "change", "--kind", "split", "--month", month, "--from", "330302",
		"--to", "330385=东鹿区,330386=西鹿区", "--document", "国函测试号")
	if out := admin.ok("国函测试号", "region", "changes"); strings.Count(out, "\n") != 2 {
		t.Errorf("two changes: %s", out)
	}
	admin.ok("共 11 个设区市、90 个县（市、区）", "region", "list")
}
