package rest

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// What index.html tells the page; the bundle says on.
var (
	watermarkOn  = []byte(`name="baoxue-watermark" content="on"`)
	watermarkOff = []byte(`name="baoxue-watermark" content="off"`)
)

// page serves the built bundle.
type page struct {
	bundle  fs.FS
	assets  *assets
	answers answers
	// unmarked shows no watermark with the user's name.
	unmarked bool
}

// app serves a file of the bundle, and the page itself for every other address:
// the page reads the address on its own.
func (p page) app(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	// A page of an older build may ask for a file that is gone; answering it
	// with HTML would be taken for a script.
	asset := strings.HasPrefix(name, "assets/")
	info, err := fs.Stat(p.bundle, name)
	switch isFile := err == nil && info.Mode().IsRegular(); {
	case asset && !isFile:
		p.answers.misrouted(w, r, http.StatusNotFound)
	case asset:
		p.assets.serve(w, r, name)
	case isFile && path.Ext(name) != ".html" && !strings.HasPrefix(name, "."):
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, p.bundle, name)
	default:
		p.html(w, r, "index.html")
	}
}

func (p page) docs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", docsContentPolicy)
	p.html(w, r, "docs.html")
}

func (p page) html(w http.ResponseWriter, _ *http.Request, name string) {
	content, err := fs.ReadFile(p.bundle, name)
	if err != nil {
		plain(w, http.StatusServiceUnavailable, "the page is not built: run `make web`")
		return
	}
	if p.unmarked {
		content = bytes.Replace(content, watermarkOn, watermarkOff, 1)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(content)
}
