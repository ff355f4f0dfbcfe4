package process

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/token"
)

// Settings are what the processes have in common. A process binds those that it
// needs.
type Settings struct {
	Listen, MetricsListen                       string
	DatabaseURL                                 string
	AuditDigest                                 string
	NATSURL, NATSCredentials                    string
	StreamReplicas                              int
	ServiceSecret                               string
	RegionAuth, Ledger, Verification, Reporting string
	KeyFile                                     string
	TLS                                         rpc.TLSFiles
	// TrustedProxies may tell whom they speak for.
	TrustedProxies []netip.Prefix

	registry *prometheus.Registry
	conns    []*grpc.ClientConn
}

// Bind adds the settings of every server.
func (s *Settings) Bind(f *Flags, listen string) {
	f.String(&s.Listen, "listen", listen, "address to serve at, host:port or unix:///path")
	f.String(&s.MetricsListen, "metrics-listen", "", "host:port of /metrics and /healthz; empty for none")
	f.String(&s.TLS.Cert, "tls-cert", "", "certificate file (PEM) of this process")
	f.String(&s.TLS.Key, "tls-key", "", "key file (PEM) of this process")
	f.String(&s.TLS.CA, "tls-ca", "", "file (PEM) of the authority that signs all processes' certificates; makes TLS mutual")
	f.Networks(&s.TrustedProxies, "trusted-proxies", "networks (CIDR, comma-separated) whose word for a client's address is believed: the gateway's, the load balancer's")
}

// BindDatabase adds the setting of a process with a database.
func (s *Settings) BindDatabase(f *Flags) {
	f.Required(&s.DatabaseURL, "database-url", "PostgreSQL address of this service's own database")
	f.String(&s.AuditDigest, "audit-digest", "sha256", "digest of the audit trail's chain, sha256 or sm3")
}

// BindEvents adds the settings of a process that publishes or consumes events.
func (s *Settings) BindEvents(f *Flags) {
	f.Required(&s.NATSURL, "nats-url", "NATS servers, comma-separated; tls://HOST:PORT for TLS, with this process's certificate and authority")
	f.String(&s.NATSCredentials, "nats-credentials", "", "NATS credentials file")
	f.Int(&s.StreamReplicas, "stream-replicas", 1, "copies of the event stream, 1 or 3; a stream that has fewer gets more")
}

// BindSecret adds the secret by which Baoxue's services know each other.
func (s *Settings) BindSecret(f *Flags) {
	f.Required(&s.ServiceSecret, "service-secret", "shared secret of Baoxue's own services")
}

// BindKeys adds the setting of a process that seals personal data.
func (s *Settings) BindKeys(f *Flags) {
	f.Required(&s.KeyFile, "key-file", "file of the keys that seal personal data, signing keys and second factors, made by `baoxuectl keys create`; keep a copy apart from the database's")
}

// BindPeer adds the address of another service.
func (s *Settings) BindPeer(f *Flags, address *string, name string) {
	f.Required(address, name, "gRPC address of "+name+"; dns:///HOST:PORT for several instances behind a name")
}

// Bus connects to the event stream.
func (s *Settings) Bus(ctx context.Context, name string, log *slog.Logger) (*bus.Bus, error) {
	return bus.Connect(ctx, bus.Options{
		URL: s.NATSURL, Credentials: s.NATSCredentials, CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key,
		Replicas: s.StreamReplicas, Name: name, Log: log,
	})
}

// Dial connects to another service.
func (s *Settings) Dial(address string, source rpc.TokenSource) (*grpc.ClientConn, error) {
	transport, err := s.TLS.Client()
	if err != nil {
		return nil, err
	}
	conn, err := rpc.Dial(address, rpc.ClientOptions{Token: source, Credentials: transport})
	if err != nil {
		return nil, err
	}
	s.conns = append(s.conns, conn)
	return conn, nil
}

// Close closes the connections.
func (s *Settings) Close() error {
	var err error
	for _, c := range s.conns {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Registry is the process's metrics.
func (s *Settings) Registry() *prometheus.Registry {
	if s.registry == nil {
		s.registry = prometheus.NewRegistry()
		s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		if s.TLS.Cert != "" {
			s.registry.MustRegister(s.certificateEnd())
		}
	}
	return s.registry
}

// certificateEnd looks at the file whenever it is asked: it is replaced while the process runs.
func (s *Settings) certificateEnd() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "baoxue_certificate_end_timestamp_seconds", Help: "When this process's certificate ends; 0 when it can't be read, which is no better.",
	}, func() float64 {
		end, err := s.TLS.End()
		if err != nil {
			return 0
		}
		return float64(end.Unix())
	})
}

// ServerOptions are those of this process's server.
func (s *Settings) ServerOptions(log *slog.Logger, keys token.KeySource, revocations token.RevocationSource) (rpc.ServerOptions, error) {
	transport, err := s.TLS.Server()
	return rpc.ServerOptions{
		Log: log, Authenticator: token.NewVerifier(keys, revocations), Registerer: s.Registry(), Credentials: transport,
		TrustedPeers: s.TrustedProxies,
	}, err
}

// Metrics serves /metrics and /healthz, if an address was given.
func (s *Settings) Metrics() lifecycle.Component {
	return lifecycle.Component{Name: "metrics", Run: func(ctx context.Context, ready func()) error {
		if s.MetricsListen == "" {
			return nil
		}
		listener, err := Listen(ctx, s.MetricsListen)
		if err != nil {
			return err
		}
		ready()
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.Registry(), promhttp.HandlerOpts{}))
		mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		return HTTP(ctx, listener, mux)
	}}
}
