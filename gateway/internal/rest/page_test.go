package rest_test

import (
	"io/fs"
	"os"
	"os/exec"
	"testing"

	"baoxue.internal/gateway/web"
)

// TestPageInChromium walks through the built page. It needs what `make test`
// provides: the bundle, node and chromium.
func TestPageInChromium(t *testing.T) {
	if _, err := fs.Stat(web.Bundle(), "index.html"); err != nil {
		t.Skip("the page is not built: run `make web`")
	}
	if _, err := os.Stat("../../web/node_modules/playwright-core"); err != nil {
		t.Skip("web/node_modules is missing: run `make web`")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	front := start(t, newBackend(), web.Bundle())
	walk := exec.CommandContext(t.Context(), "node", "../../web/tests/page.mjs", front.URL, chromium)
	if output, err := walk.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
