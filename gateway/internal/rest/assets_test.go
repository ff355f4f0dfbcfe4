package rest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestAssetsAreCompressedForWhoUnderstandsIt(t *testing.T) {
	script := bytes.Repeat([]byte("export const a = 1\n"), 100)
	a := newAssets(fstest.MapFS{"assets/a-1.js": {Data: script}, "assets/b-1.png": {Data: []byte("PNG")}})
	ask := func(name, accepted string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/"+name, nil)
		r.Header.Set("Accept-Encoding", accepted)
		w := httptest.NewRecorder()
		a.serve(w, r, name)
		return w
	}
	for range 2 {
		w := ask("assets/a-1.js", "br, gzip")
		if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > len(script)/5 || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%v, %d bytes", w.Header(), w.Body.Len())
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, script) {
			t.Errorf("%d bytes, %v", len(text), err)
		}
	}
	for name, accepted := range map[string]string{"assets/a-1.js": "identity", "assets/b-1.png": "gzip"} {
		if w := ask(name, accepted); w.Header().Get("Content-Encoding") != "" || w.Code != 200 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
}
