package cli

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

func TestNothingIsSentOverANetworkInTheClear(t *testing.T) {
	for address, allowed := range map[string]bool{
		"unix:///run/ledger.sock": true, "127.0.0.1:7101": true, "localhost:7101": true, "[::1]:7101": true,
		"10.0.0.5:7101": false, "ledger.example:7101": false, "7101": false,
	} {
		if err := local(address); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// An operator is told what is down, and need not guess how long to wait.
func TestAServiceThatIsDownIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := &command{ctx: t.Context(), server: "regionauth=" + address, patience: time.Millisecond}
	err = c.withAuth(func(authv1.AuthServiceClient) error { return errors.New("called") })
	if err == nil || !strings.Contains(err.Error(), "regionauth at "+address) || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "tls") {
		t.Error(err)
	}
}

// Who interrupts a command knows why it broke off, and reads no library's words for it.
func TestAnInterruptedCommandSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := Main(ctx, []string{"whoami", "--server", "regionauth=127.0.0.1:1", "--data", t.TempDir()}, strings.NewReader(""), &out, &errs)
	if code != exitFailed || errs.String() != "已中断\n" {
		t.Errorf("exit %d: %q", code, errs.String())
	}
}

func TestATableLinesUpUnderChinese(t *testing.T) {
	table := newTable("姓名", "码")
	table.add("李华", "B10")
	table.add("A", "B2")
	var out bytes.Buffer
	table.print(&out)
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
		if at := strings.Index(line, "B"); columns(line[:at]) != 6 {
			t.Fatalf("the second column does not begin at 6:\n%s", out.String())
		}
	}
}

func TestServerNamesEachService(t *testing.T) {
	c := &command{server: "ledger=127.0.0.1:1,reporting=127.0.0.1:2"}
	if a, err := c.address("reporting"); a != "127.0.0.1:2" || err != nil {
		t.Fatalf("got %q, %v", a, err)
	}
	if _, err := c.address("regionauth"); err == nil {
		t.Fatal("an address that was not given was found")
	}
}

func TestAWrongChoiceTellsTheRightOnes(t *testing.T) {
	var out, errs bytes.Buffer
	for _, c := range []struct{ command, flag, right string }{
		{"entries list --queue late", "--queue", "returned, overdue, due-soon"},
		{"audit search --service Legder", "--service", "ledger, verification, regionauth, reporting"},
		{"events dead --service regionauth", "--service", "ledger, verification, reporting"},
		{"export -o a.xlsx --format pdf", "--format", "xlsx, csv"},
		{"export -o a.pdf", "--format", "xlsx, csv"},
		{"export -o -", "--format", "xlsx, csv"},
		{"export", `"output"`, "not set"},
		{"month bulletin --month 2019-07 -o a.csv", "--format", "xlsx, html, docx"},
	} {
		errs.Reset()
		code := Main(t.Context(), strings.Fields(c.command), strings.NewReader(""), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), c.flag) || !strings.Contains(errs.String(), c.right) {
			t.Errorf("%s: exit %d: %s", c.command, code, errs.String())
		}
	}
}
