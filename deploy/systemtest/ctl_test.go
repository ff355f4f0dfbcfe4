package systemtest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"baoxue.internal/pkg/testkit"
)

// ctl runs baoxuectl as an operator does.
type ctl struct {
	t                  *testing.T
	program, data, dir string
	// env is added to the environment.
	env []string
}

func (c ctl) run(args ...string) (out string, code int) {
	c.t.Helper()
	cmd := exec.CommandContext(testkit.Context(c.t), c.program, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "BAOXUE_DATA="+c.data, "BAOXUE_PASSWORD="+password, "XDG_CONFIG_HOME="+c.dir)
	cmd.Env = append(cmd.Env, c.env...)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		c.t.Fatal(err)
	}
	return both.String(), cmd.ProcessState.ExitCode()
}

func (c ctl) ok(want string, args ...string) string {
	c.t.Helper()
	out, code := c.run(args...)
	if code != 0 || !strings.Contains(out, want) {
		c.t.Fatalf("baoxuectl %s: exit %d, want %q in\n%s", strings.Join(args, " "), code, want, out)
	}
	return out
}

// operator is logged in to the province, against services of their own.
func operator(t *testing.T, s *system) ctl {
	t.Helper()
	var servers []string
	for service, address := range s.grpc {
		servers = append(servers, service+"="+address)
	}
	c := ctl{
		t: t, program: filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl"), dir: t.TempDir(),
		env: append(tlsEnvironment(s.tls), "BAOXUE_SERVER="+strings.Join(servers, ",")),
	}
	c.ok("省教育厅", "login", "-u", "zhejiang")
	return c
}

func TestMainJobByCommandLine(t *testing.T) {
	s := oneProcess(t)
	c := ctl{t: t, program: filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl"), data: s.data, dir: t.TempDir()}
	month := thisMonth()

	if out, code := c.run("entries", "list"); code != 1 || !strings.Contains(out, "baoxuectl login") {
		t.Fatalf("without a login: exit %d, %s", code, out)
	}
	c.ok("省教育厅", "login", "-u", "zhejiang")
	if info, err := os.Stat(filepath.Join(c.dir, "baoxue", "credentials.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("credentials: %v, %v", info, err)
	}
	c.ok("a.xlsx", "demo-ledger", "--rows", "200", "--seed", "3", "-o", "a.xlsx")
	c.ok("b.xlsx", "demo-ledger", "--rows", "200", "--seed", "3", "-o", "b.xlsx")
	if !bytes.Equal(read(t, c.dir, "a.xlsx"), read(t, c.dir, "b.xlsx")) {
		t.Fatal("the same seed makes different files")
	}
	c.ok("入库 200", "import", "a.xlsx")
	c.ok("新增 0，更新 0", "import", "b.xlsx")
	if err := os.WriteFile(filepath.Join(c.dir, "page.xlsx"), []byte("<html></html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := c.run("import", "page.xlsx"); code != 1 || !strings.Contains(out, "FILE_NOT_WORKBOOK") {
		t.Fatalf("a page in disguise: exit %d, %s", code, out)
	}
	c.ok("王明", "entries", "list", "--region", "none")

	c.ok("西湖区", "login", "-u", "xihu")
	first := strings.Fields(strings.Split(c.ok("待处理", "entries", "list", "--tab", "pending"), "\n")[1])
	if out, code := c.run("finding", "submit", first[0], "--action", "enrolled", "--code", "B4"); code != 1 || strings.Count(out, "enrolled.") < 4 {
		t.Fatalf("an empty form: exit %d, %s", code, out)
	}
	c.ok("A1，第 1 版", "finding", "submit", first[0], "--action", "dropout", "--code", "A1", "--witness", "王老师", "--witness-date", "2019-07-17")
	c.ok("A1", "entries", "list", "--tab", "handled", "--name", first[1])
	c.ok(first[0], "entries", "list", "--queue", "persuading")
	c.ok("共 0 条", "entries", "list", "--queue", "persuading", "--tag", "left-behind")
	if out, code := c.run("entries", "list", "--found-from", "2019-08-01", "--found-to", "2019-07-01", "--flag", "LATE"); code != 1 || !strings.Contains(out, "found_to: ") || !strings.Contains(out, "flags: ") {
		t.Fatalf("days the wrong way round and an unknown flag: exit %d, %s", code, out)
	}
	c.ok("persuading.xlsx", "export", "--queue", "persuading", "-o", "persuading.xlsx")
	if rows := sheetRows(t, read(t, c.dir, "persuading.xlsx"), 0); len(rows) != 2 {
		t.Fatalf("export of those to be persuaded has %d rows", len(rows))
	}
	if out, code := c.run("month", "close", "--month", month); code != 1 || !strings.Contains(out, "PERMISSION_DENIED") {
		t.Fatalf("a county closes the month: exit %d, %s", code, out)
	}
	c.ok("entries.xlsx", "export", "-o", "entries.xlsx")
	if info, err := os.Stat(filepath.Join(c.dir, "entries.xlsx")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("who may read an export: %v, %v", info, err)
	}
	if rows := sheetRows(t, read(t, c.dir, "entries.xlsx"), 0); len(rows) < 2 {
		t.Fatalf("export has %d rows", len(rows))
	}

	c.ok("省教育厅", "login", "-u", "zhejiang")
	c.ok("期中汇总", "month", "close", "--month", month)
	c.ok("西湖区", "month", "show", "--month", month, "--region", "330106")
	c.ok("bulletin.xlsx", "month", "bulletin", "--month", month, "-o", "bulletin.xlsx")
	c.ok("链头", "audit", "export", "--service", "verification", "-o", "trail.jsonl")
	c.ok("findings.jsonl", "finding", "chain", "-o", "findings.jsonl")
	c.ok("全部相符：1 条记录，1 版核查结果", "verify", "--all", "--findings", "findings.jsonl", "--trail", "trail.jsonl")
	altered := bytes.Replace(read(t, c.dir, "findings.jsonl"), []byte(`"code":"A1"`), []byte(`"code":"B2"`), 1)
	if err := os.WriteFile(filepath.Join(c.dir, "altered.jsonl"), altered, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := c.run("verify", "--all", "--findings", "altered.jsonl", "--trail", "trail.jsonl"); code != 1 || !strings.Contains(out, "第 1 版与其校验值不符") {
		t.Fatalf("an altered finding: exit %d, %s", code, out)
	}
	if _, code := c.run("month", "close"); code != 2 {
		t.Fatalf("wrong usage exits with %d", code)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Commands that run side by side, as scripts do it, renew their login once: a refresh token that came twice would end it.
func TestCommandsSideBySideShareALogin(t *testing.T) {
	s := oneProcess(t)
	c := ctl{t: t, program: filepath.Join(build(t, "baoxue.internal/deploy/ctl/baoxuectl"), "baoxuectl"), data: s.data, dir: t.TempDir()}
	c.ok("省教育厅", "login", "-u", "zhejiang")
	for range 3 {
		c.age()
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				if out, code := c.run("whoami"); code != 0 || !strings.Contains(out, "zhejiang") {
					t.Errorf("exit %d: %s", code, out)
				}
			})
		}
		group.Wait()
	}
	c.ok("", "logout")
	if out, code := c.run("whoami"); code != 1 || !strings.Contains(out, "baoxuectl login") {
		t.Errorf("logged out: exit %d, %s", code, out)
	}
}

// age makes the access token one that is about to expire.
func (c ctl) age() {
	c.t.Helper()
	path := filepath.Join(c.dir, "baoxue", "credentials.json")
	var logins map[string]map[string]any
	if err := json.Unmarshal(read(c.t, c.dir, "baoxue/credentials.json"), &logins); err != nil {
		c.t.Fatal(err)
	}
	for _, login := range logins {
		login["expires_at"] = time.Now()
	}
	text, err := json.Marshal(logins)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.t.Fatal(err)
	}
}
