package systemtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// errorLine is a line of the level ERROR; of a text in parts the first is enough.
var errorLine = regexp.MustCompile(`\.(?:ErrorContext\([^"]*|Error\()"([^"]+)"`)

// Whoever is woken by a line of the log finds in the operations guide what to do about it.
func TestTheOperationsGuideKnowsEveryError(t *testing.T) {
	guideKnows(t, inSource(t, errorLine, 15))
}

// figureName is how Prometheus calls what a process tells it.
var figureName = regexp.MustCompile(`"(baoxue_[a-z_]+)"`)

// Whoever looks at a figure finds there what it is, and whoever is woken by an alert what to do about it.
func TestTheOperationsGuideKnowsEveryFigureAndAlert(t *testing.T) {
	guideKnows(t, inSource(t, figureName, 15))
	var names []string
	for _, a := range theAlerts(t) {
		names = append(names, "`"+a.Name+"`")
	}
	guideKnows(t, names)
}

func guideKnows(t *testing.T, texts []string) {
	t.Helper()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(strings.Fields(string(guide)), " ")
	for _, text := range texts {
		if !strings.Contains(known, text) {
			t.Errorf("the guide does not know %q", text)
		}
	}
}

// inSource finds what a pattern has in brackets, in all that runs in production; least is how much there is at least.
func inSource(t *testing.T, pattern *regexp.Regexp, least int) (found []string) {
	t.Helper()
	for _, dir := range []string{"pkg", "services", "gateway", "deploy/standalone"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Name() == "node_modules" {
				return fs.SkipDir
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range pattern.FindAllSubmatch(source, -1) {
				found = append(found, strings.TrimSpace(string(match[1])))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < least {
		t.Errorf("only %d were found", len(found))
	}
	return found
}
