package standalone

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"baoxue.internal/gateway"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/token"
	"baoxue.internal/services/ledger"
	"baoxue.internal/services/regionauth"
	"baoxue.internal/services/reporting"
	"baoxue.internal/services/verification"
)

type houseConfig struct {
	databases                      *databases
	events                         *bus.Bus
	sockets                        *sockets
	keys                           *seal.Master
	log                            *slog.Logger
	registry                       *prometheus.Registry
	serviceSecret, bootstrapSecret string
	auditDigest                    string
	// temporary is where uploads are while they are read.
	temporary       string
	noWatermark     bool
	closeAfter      time.Duration
	webhookNetworks []netip.Prefix
	settingsFile    string
	calendarFile    string
}

// house is all services, wired as separate processes would be.
type house struct {
	houseConfig
	regionAuth   *regionauth.Service
	ledger       *ledger.Service
	verification *verification.Service
	reporting    *reporting.Service
	handler      http.Handler
	// locals lead from one service to another without a socket, by name.
	locals   map[string]*rpc.Local
	conns    []*grpc.ClientConn
	services []interface{ Close() }
}

func build(ctx context.Context, c houseConfig) (h *house, err error) {
	h = &house{houseConfig: c, locals: map[string]*rpc.Local{}}
	for _, name := range serviceNames {
		h.locals[name] = &rpc.Local{}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	url := c.databases.urls
	if err := inParallel(
		func() error { return regionauth.Migrate(ctx, url["regionauth"]) },
		func() error { return ledger.Migrate(ctx, url["ledger"]) },
		func() error { return verification.Migrate(ctx, url["verification"]) },
		func() error { return reporting.Migrate(ctx, url["reporting"]) },
	); err != nil {
		return h, err
	}
	auth, err := h.dial("regionauth", rpc.Anonymous)
	if err != nil {
		return h, err
	}
	for _, step := range []func(context.Context, *grpc.ClientConn) error{
		h.buildRegionAuth, h.buildLedger, h.buildVerification, h.buildReporting, h.buildGateway,
	} {
		if err := step(ctx, auth); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *house) dial(service string, source rpc.TokenSource) (*grpc.ClientConn, error) {
	conn, err := rpc.Dial(h.sockets.address(service), rpc.ClientOptions{Token: source, Local: h.locals[service]})
	if err == nil {
		h.conns = append(h.conns, conn)
	}
	return conn, err
}

// as dials several services in one service's own name.
func (h *house) as(self string, auth *grpc.ClientConn, services ...string) ([]*grpc.ClientConn, error) {
	source := token.AsService(auth, self, h.serviceSecret)
	conns := make([]*grpc.ClientConn, len(services))
	for i, s := range services {
		var err error
		if conns[i], err = h.dial(s, source); err != nil {
			return nil, err
		}
	}
	return conns, nil
}

func (h *house) buildRegionAuth(ctx context.Context, _ *grpc.ClientConn) (err error) {
	h.regionAuth, err = regionauth.New(ctx, regionauth.Config{
		DatabaseURL: h.databases.urls["regionauth"], Bus: h.events, Log: h.log.With("service", "regionauth"),
		ServiceSecret: h.serviceSecret, BootstrapSecret: h.bootstrapSecret,
		AuditDigest: h.auditDigest, Keys: h.keys,
	})
	return h.keep(h.regionAuth, err)
}

func (h *house) buildLedger(ctx context.Context, auth *grpc.ClientConn) error {
	conns, err := h.as("ledger", auth, "regionauth")
	if err != nil {
		return err
	}
	h.ledger, err = ledger.New(ctx, ledger.Config{
		ImportFileDays: ledger.ImportFileDays,
		DatabaseURL:    h.databases.urls["ledger"], Bus: h.events, RegionAuth: conns[0], Keys: h.keys, Log: h.log.With("service", "ledger"),
		AuditDigest: h.auditDigest, TempDir: h.temporary, CalendarFile: h.calendarFile,
	})
	return h.keep(h.ledger, err)
}

func (h *house) buildVerification(ctx context.Context, auth *grpc.ClientConn) error {
	conns, err := h.as("verification", auth, "regionauth", "ledger")
	if err != nil {
		return err
	}
	asCaller, err := h.dial("ledger", rpc.AsCaller)
	if err != nil {
		return err
	}
	h.verification, err = verification.New(ctx, verification.Config{
		DatabaseURL: h.databases.urls["verification"], Bus: h.events, RegionAuth: conns[0], Ledger: conns[1],
		LedgerAsCaller: asCaller, Keys: h.keys, Log: h.log.With("service", "verification"), AuditDigest: h.auditDigest,
		TempDir: h.temporary, SettingsFile: h.settingsFile, CalendarFile: h.calendarFile,
	})
	return h.keep(h.verification, err)
}

func (h *house) buildReporting(ctx context.Context, auth *grpc.ClientConn) error {
	conns, err := h.as("reporting", auth, "regionauth", "ledger", "verification")
	if err != nil {
		return err
	}
	asCaller, err := h.dial("ledger", rpc.AsCaller)
	if err != nil {
		return err
	}
	verificationAsCaller, err := h.dial("verification", rpc.AsCaller)
	if err != nil {
		return err
	}
	authAsCaller, err := h.dial("regionauth", rpc.AsCaller)
	if err != nil {
		return err
	}
	h.reporting, err = reporting.New(ctx, reporting.Config{
		DatabaseURL: h.databases.urls["reporting"], Bus: h.events, RegionAuth: conns[0], Ledger: conns[1],
		Verification: conns[2], LedgerAsCaller: asCaller, VerificationAsCaller: verificationAsCaller, RegionAuthAsCaller: authAsCaller,
		Log:         h.log.With("service", "reporting"),
		AuditDigest: h.auditDigest, CloseAfter: h.closeAfter, Keys: h.keys, WebhookNetworks: h.webhookNetworks,
	})
	return h.keep(h.reporting, err)
}

func (h *house) buildGateway(_ context.Context, auth *grpc.ClientConn) error {
	c := gateway.Config{
		RegionAuth: auth, Log: h.log.With("service", "gateway"), Registry: h.registry, NoWatermark: h.noWatermark,
		Ready: func(context.Context) error { return h.events.Ready() },
	}
	var err error
	for service, conn := range map[string]*grpc.ClientConnInterface{"ledger": &c.Ledger, "verification": &c.Verification, "reporting": &c.Reporting} {
		if *conn, err = h.dial(service, rpc.Anonymous); err != nil {
			return err
		}
	}
	h.handler, err = gateway.New(c)
	return err
}

// keep remembers a service that was built, to close it.
func (h *house) keep(s interface{ Close() }, err error) error {
	if err == nil {
		h.services = append(h.services, s)
	}
	return err
}

// components are the services in the order in which they may start: nobody is
// called before it listens.
func (h *house) components() []lifecycle.Component {
	options := func(service string) rpc.ServerOptions {
		return rpc.ServerOptions{
			Log: h.log.With("service", service), Authenticator: token.NewVerifier(h.regionAuth.KeySource(), h.regionAuth.RevocationSource()), Registerer: h.registry,
			Local: h.locals[service],
		}
	}
	closing := options("reporting")
	closing.Deadline = reporting.CloseWithin
	return []lifecycle.Component{
		process.Component("regionauth", h.sockets.address("regionauth"), options("regionauth"), h.regionAuth),
		process.Component("ledger", h.sockets.address("ledger"), options("ledger"), h.ledger),
		process.Component("verification", h.sockets.address("verification"), options("verification"), h.verification),
		process.Component("reporting", h.sockets.address("reporting"), closing, h.reporting),
	}
}

func (h *house) close() error {
	for i := len(h.services) - 1; i >= 0; i-- {
		h.services[i].Close()
	}
	var err error
	for _, c := range h.conns {
		err = errors.Join(err, c.Close())
	}
	return err
}
