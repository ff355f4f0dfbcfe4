package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"baoxue.internal/gateway/web"
)

// What a county's clerk loads before the list can be used, compressed.
const countyBudget = 350 << 10

type chunk struct {
	File    string
	Imports []string
	CSS     []string
}

func TestTheCountysRouteIsSmall(t *testing.T) {
	text, err := fs.ReadFile(web.Bundle(), ".vite/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the page is not built: run `make web`")
	}
	if err != nil {
		t.Fatal(err)
	}
	var chunks map[string]chunk
	if err := json.Unmarshal(text, &chunks); err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	var load func(name string)
	load = func(name string) {
		c, ok := chunks[name]
		if !ok {
			t.Fatalf("the bundle has no %s", name)
		}
		if files[c.File] {
			return
		}
		files[c.File] = true
		for _, style := range c.CSS {
			files[style] = true
		}
		for _, imported := range c.Imports {
			load(imported)
		}
	}
	load("index.html")
	load("src/entries/EntriesView.vue")
	total := 0
	for name := range files {
		total += compressed(t, name)
	}
	t.Logf("%d files, %d kB", len(files), total>>10)
	if total > countyBudget {
		t.Errorf("a county loads %d kB of at most %d", total>>10, countyBudget>>10)
	}
}

func compressed(t *testing.T, name string) int {
	t.Helper()
	content, err := fs.ReadFile(web.Bundle(), name)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Len()
}
