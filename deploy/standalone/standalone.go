// Package standalone runs the whole of Baoxue in one process: the services on
// Unix sockets behind their real interceptors, a private PostgreSQL and an
// embedded event stream.
package standalone

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/reporting"
	"baoxue.internal/services/verification"
)

// WebhookNetworksUsage describes the setting to the operator.
const WebhookNetworksUsage = reporting.WebhookNetworksUsage

// SettingsFileUsage does the same for its own.
const SettingsFileUsage = verification.SettingsFileUsage

// Options configure the process.
type Options struct {
	// HTTP is the address of the REST facade and the page.
	HTTP string
	// AnyPort lets another port serve when HTTP's is taken.
	AnyPort bool
	// Data is the folder that keeps everything.
	Data string
	// DatabaseURL of an external PostgreSQL whose user may create databases;
	// empty means a private one.
	DatabaseURL string
	// AuditDigest is the digest of the audit chains, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	// NationalCryptography seals personal data with SM4 and SM3.
	NationalCryptography bool
	// NoWatermark shows no watermark with the user's name on the page.
	NoWatermark bool
	// CloseAfter the end of a month it is closed by itself; zero means by nobody.
	CloseAfter time.Duration
	// WebhookNetworks may be called by webhooks besides public addresses.
	WebhookNetworks []netip.Prefix
	// SettingsFile and CalendarFile hold what changes by an order of the department; empty
	// means what came with the program.
	SettingsFile, CalendarFile string
	// Demo creates demonstration users and data.
	Demo bool
	Log  *slog.Logger
	// Ready is called once with the endpoints when everything serves; may be nil.
	Ready func(Endpoints)
}

// RunningError says that another process runs on the same data.
type RunningError struct {
	// Address of the other process, empty while it is starting.
	Address string
}

// Error implements error.
func (e *RunningError) Error() string {
	if e.Address == "" {
		return "already starting in another process"
	}
	return "already running at " + e.Address
}

// Run runs until the context ends.
func Run(ctx context.Context, o Options) (err error) {
	// Enterable by the user that a private PostgreSQL runs as; what is below is
	// closed where it has to be.
	if err := os.MkdirAll(o.Data, 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	// Every path below is used by other processes too.
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	lock, err := lifecycle.Flock(filepath.Join(o.Data, "baoxue.lock"))
	var held *lifecycle.HeldError
	if errors.As(err, &held) {
		return &RunningError{Address: held.Info}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()

	keys, err := openKeys(o)
	if err != nil {
		return err
	}
	databases, err := openDatabases(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, databases.close()) }()

	broker, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: filepath.Join(o.Data, "jetstream"), Log: o.Log})
	if err != nil {
		return err
	}
	defer broker.Stop()
	events, err := bus.Connect(ctx, bus.Options{Server: broker, Name: "baoxue", Log: o.Log})
	if err != nil {
		return err
	}
	defer events.Close()

	sockets, err := socketDir(o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sockets.remove()) }()

	house, err := build(ctx, houseConfig{
		noWatermark: o.NoWatermark, closeAfter: o.CloseAfter, webhookNetworks: o.WebhookNetworks,
		settingsFile: o.SettingsFile, calendarFile: o.CalendarFile,
		databases: databases, events: events, sockets: sockets, keys: keys, log: o.Log,
		serviceSecret: rand.Text(), bootstrapSecret: rand.Text(), registry: registry(),
		auditDigest: o.AuditDigest, temporary: filepath.Join(o.Data, "tmp"),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.close()) }()

	listener, err := listen(ctx, o)
	if err != nil {
		return err
	}
	endpoints := Endpoints{HTTP: "http://" + listener.Addr().String(), GRPC: sockets.addresses()}
	components := append(house.components(), lifecycle.Component{Name: "http", Run: func(ctx context.Context, ready func()) error {
		ready()
		return process.HTTP(ctx, listener, house.handler)
	}}, databases.watch(), lifecycle.Component{Name: "event stream", Run: func(ctx context.Context, ready func()) error {
		ready()
		broker.Heal(ctx)
		return nil
	}}, lifecycle.Component{Name: "ready", Run: func(ctx context.Context, ready func()) error {
		if o.Demo {
			if err := loadDemo(ctx, endpoints, house.bootstrapSecret, o.Log); err != nil {
				return fmt.Errorf("demonstration data: %w", err)
			}
		}
		if err := errors.Join(endpoints.write(o.Data), lock.WriteInfo(endpoints.HTTP)); err != nil {
			return err
		}
		o.Log.InfoContext(ctx, "ready", "address", endpoints.HTTP)
		if o.Ready != nil {
			o.Ready(endpoints)
		}
		ready()
		<-ctx.Done()
		return nil
	}})
	return lifecycle.Run(ctx, o.Log, components...)
}

// openKeys are the keys that seal personal data, made at the first start and kept
// beside the databases, not in them.
func openKeys(o Options) (*seal.Master, error) {
	algorithm := seal.AES
	if o.NationalCryptography {
		algorithm = seal.SM4
	}
	return seal.CreateMaster(filepath.Join(o.Data, "keys", "master.json"), algorithm)
}

func registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// listen takes the wanted address, or another port of the same host when that
// one is taken and the address was nobody's explicit wish.
func listen(ctx context.Context, o Options) (net.Listener, error) {
	listener, err := process.Listen(ctx, o.HTTP)
	if err == nil || !o.AnyPort {
		return listener, err
	}
	host, port, splitErr := net.SplitHostPort(o.HTTP)
	if splitErr != nil {
		return nil, err
	}
	if listener, err = process.Listen(ctx, net.JoinHostPort(host, "0")); err == nil {
		o.Log.WarnContext(ctx, "port is taken, serving at another", "taken", port, "address", listener.Addr().String())
	}
	return listener, err
}

// inParallel runs all steps at once and joins their errors.
func inParallel(steps ...func() error) error {
	var group errgroup.Group
	for _, step := range steps {
		group.Go(step)
	}
	return group.Wait()
}
