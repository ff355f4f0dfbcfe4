package systemtest

import (
	"os/exec"
	"testing"

	"baoxue.internal/pkg/testkit"
)

// TestMainJobInTheBrowser does the county's steps of the notice in Chromium
// against the whole system.
func TestMainJobInTheBrowser(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("node is needed for the page: %v", err)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("chromium is needed to test the page: %v", err)
	}
	s := oneProcess(t)
	cmd := exec.CommandContext(testkit.Context(t), node, "../../gateway/web/tests/main-job.mjs", s.http, chromium)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
