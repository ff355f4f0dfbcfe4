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
	root := filepath.Join("..", "..")
	guide, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(strings.Fields(string(guide)), " ")
	found := 0
	for _, dir := range []string{"pkg", "services", "gateway", "deploy/standalone"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
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
			for _, line := range errorLine.FindAllSubmatch(source, -1) {
				found++
				if !strings.Contains(known, strings.TrimSpace(string(line[1]))) {
					t.Errorf("%s: %q", path, line[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 15 {
		t.Errorf("only %d lines were found", found)
	}
}
