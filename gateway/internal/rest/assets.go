package rest

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// assets are the bundle's files whose names carry a digest of their content. A line to a village
// school is slow: they are sent compressed, each compressed once.
type assets struct {
	bundle fs.FS

	mu     sync.Mutex
	packed map[string][]byte
}

func newAssets(bundle fs.FS) *assets { return &assets{bundle: bundle, packed: map[string][]byte{}} }

// smaller says for which files compression pays.
var smaller = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

func (a *assets) serve(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	kind, ok := smaller[path.Ext(name)]
	if !ok || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		http.ServeFileFS(w, r, a.bundle, name)
		return
	}
	content, err := a.compressed(name)
	if err != nil {
		http.ServeFileFS(w, r, a.bundle, name)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Encoding", "gzip")
	if r.Method == http.MethodHead {
		return
	}
	// Whoever went away needs no answer.
	_, _ = w.Write(content)
}

func (a *assets) compressed(name string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if content, ok := a.packed[name]; ok {
		return content, nil
	}
	content, err := fs.ReadFile(a.bundle, name)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	// The level is a constant that exists.
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	a.packed[name] = packed.Bytes()
	return a.packed[name], nil
}
