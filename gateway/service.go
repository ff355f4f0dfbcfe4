// Package gateway is Baoxue's face to browsers and REST clients: the REST
// interface with its uploads and downloads, its description, and the page.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"baoxue.internal/gateway/internal/rest"
	"baoxue.internal/gateway/web"
)

// Config is what the gateway needs. All fields but Ready and Registry are
// required.
type Config struct {
	// Connections made by rpc.Dial with rpc.Anonymous: the gateway has no
	// identity, the caller's Authorization header goes on as metadata.
	RegionAuth, Ledger, Verification, Reporting grpc.ClientConnInterface

	Log *slog.Logger
	// Ready answers /readyz; nil means always ready.
	Ready func(context.Context) error
	// Registry receives the gateway's metrics and is served at /metrics; nil
	// means one of its own.
	Registry *prometheus.Registry
	// TrustedProxies may say in X-Forwarded-For whom they speak for; nobody else
	// is believed.
	TrustedProxies []netip.Prefix
	// NoWatermark shows no watermark with the user's name on the page.
	NoWatermark bool
}

// New returns the handler of everything that the gateway serves.
func New(c Config) (http.Handler, error) {
	return rest.New(rest.Config{
		RegionAuth: c.RegionAuth, Ledger: c.Ledger, Verification: c.Verification, Reporting: c.Reporting,
		Log: c.Log, Ready: c.Ready, Registry: c.Registry, Bundle: web.Bundle(),
		TrustedProxies: c.TrustedProxies, NoWatermark: c.NoWatermark,
	})
}
