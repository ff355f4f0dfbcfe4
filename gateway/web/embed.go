// Package web carries the built page.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Bundle is what `make web` built: index.html, docs.html and assets/. It lacks
// all of them in a checkout where the page was not built yet.
func Bundle() fs.FS {
	bundle, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for an invalid path, and this one is a constant
	}
	return bundle
}
