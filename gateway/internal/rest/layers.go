package rest

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"baoxue.internal/pkg/rpc"
)

// identified gives every request an id, which goes on to the services and back
// to the client, and tells the services where it came from.
func (c Config) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rpc.AcceptRequestID(r.Header.Get(rpc.RequestIDHeader))
		w.Header().Set(rpc.RequestIDHeader, id)
		ctx := rpc.WithRequestID(r.Context(), id)
		next.ServeHTTP(w, r.WithContext(rpc.WithClientAddress(ctx, c.clientAddress(r))))
	})
}

// clientAddress is the peer's, or what a trusted proxy says. Of a chain of
// X-Forwarded-For only the last is the proxy's own word: the rest anybody can
// write.
func (c Config) clientAddress(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	own := at.Addr().Unmap()
	if c.trusts(own) {
		chain := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if told, err := netip.ParseAddr(strings.TrimSpace(chain[len(chain)-1])); err == nil {
			return told.Unmap().String()
		}
	}
	return own.String()
}

func (c Config) trusts(peer netip.Addr) bool {
	return slices.ContainsFunc(c.TrustedProxies, func(n netip.Prefix) bool { return n.Contains(peer) })
}

// encrypted reports whether the browser speaks TLS, with us or with a trusted proxy.
func (c Config) encrypted(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && c.trusts(at.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

const (
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// The API's documentation is drawn by a library that sets styles inline;
	// scripts are as strict as anywhere.
	docsContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// secured sets what a browser is told about every answer, errors included.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// private keeps answers that may carry children's data out of every cache.
func private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// newObserver measures requests by kind and status. Paths are no label: they
// carry ids.
func newObserver(r prometheus.Registerer) (func(kind string, next http.Handler) http.Handler, error) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "baoxue_http_seconds",
		Help:    "Time to answer a request, by kind (api, upload, download), method and HTTP status.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 18),
	}, []string{"kind", "method", "status"})
	if err := r.Register(seconds); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return func(kind string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, s := time.Now(), &statusWriter{ResponseWriter: w}
			// Deferred: an aborted download leaves by a panic.
			defer func() {
				seconds.WithLabelValues(kind, method(r.Method), strconv.Itoa(s.status)).Observe(time.Since(start).Seconds())
			}()
			next.ServeHTTP(s, r)
		})
	}, nil
}

// method keeps invented methods from becoming labels.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
