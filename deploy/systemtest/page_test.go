package systemtest

import (
	"os"
	"os/exec"
	"testing"

	"baoxue.internal/pkg/testkit"
)

// TestMainJobInTheBrowser does the county's steps of the notice in Chromium
// against the whole system.
func TestMainJobInTheBrowser(t *testing.T) { inTheBrowser(t, "main-job.mjs") }

// TestWorkbenchInTheBrowser opens every screen and does what it is for; axe judges each.
func TestWorkbenchInTheBrowser(t *testing.T) { inTheBrowser(t, "workbench.mjs") }

// TestEveryViewIsThereInAllLooks opens every view in the second language, in the dark and on a
// telephone.
func TestEveryViewIsThereInAllLooks(t *testing.T) { inTheBrowser(t, "looks.mjs") }

// inTheBrowser walks through a system of its own. BAOXUE_SCREENSHOTS names a folder for
// pictures of the screens.
func inTheBrowser(t *testing.T, walk string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("node is needed for the page: %v", err)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("chromium is needed to test the page: %v", err)
	}
	s := oneProcess(t)
	cmd := exec.CommandContext(testkit.Context(t), node, "../../gateway/web/tests/"+walk, s.http, chromium, os.Getenv("BAOXUE_SCREENSHOTS"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
