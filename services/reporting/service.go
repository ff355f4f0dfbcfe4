// Package reporting makes the figures: live progress, month-end, exports. It
// owns nothing original; all of it can be rebuilt from the events.
package reporting

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/deadletter"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/server"
	"baoxue.internal/services/reporting/internal/store"
)

// CloseWithin is how long a call may take: closing a month waits for its events.
const CloseWithin = 5 * time.Minute

// subscribedFor is how long others follow the events before their account is looked at again.
const subscribedFor = time.Minute

// How often it is looked whether a month is to be closed.
const closeEvery = 10 * time.Minute

// Events that are applied in one transaction at most: one wait for the disk for all of them.
const factBatch = 2000

// WebhookNetworksUsage describes the setting to the operator.
const WebhookNetworksUsage = "networks in CIDR notation, comma-separated, that webhooks may call besides public addresses (10.20.0.0/16); empty for none"

// Config is what the service needs. Fields are required unless they say otherwise.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// RegionAuth, Ledger and Verification call in the service's own name.
	RegionAuth, Ledger, Verification grpc.ClientConnInterface
	// These call in the name of whoever is being served.
	LedgerAsCaller, VerificationAsCaller, RegionAuthAsCaller grpc.ClientConnInterface
	// AuditDigest is the digest of the audit chain, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	// CloseAfter the end of a month it is closed by itself; zero means by nobody.
	CloseAfter time.Duration
	// Keys seal the secrets of webhooks; they are not in the database.
	Keys *seal.Master
	// WebhookNetworks may be called by webhooks besides public addresses; none is no error.
	WebhookNetworks []netip.Prefix
	Log             *slog.Logger
}

// Service is the running reporting.
type Service struct {
	pool    *pgxpool.Pool
	bus     *bus.Bus
	store   *store.Store
	trail   *audit.Trail
	keyring *seal.Keyring
	log     *slog.Logger

	months    *server.Months
	reports   *server.CountyReports
	bulletins *server.Bulletins
	progress  *server.Progress
	// monthly closes months by itself.
	monthly app.Schedule

	exports    *server.Exports
	background *server.Background
	lists      *server.Lists

	webhooks app.Webhooks
	deliver  app.Deliver
}

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	return pg.MigrateAll(ctx, dsn,
		pg.Schema{Files: store.Migrations, Dir: "migrations"},
		pg.Schema{Files: audit.Migrations, Dir: audit.MigrationsDir},
		pg.Schema{Files: seal.Migrations, Dir: seal.MigrationsDir},
		pg.Schema{Files: bus.Migrations, Dir: bus.MigrationsDir},
	)
}

// New opens the database, which must be migrated.
func New(ctx context.Context, c Config) (*Service, error) {
	pool, err := pg.Open(ctx, c.DatabaseURL, pg.Options{AppName: "reporting"})
	if err != nil {
		return nil, err
	}
	trail, err := audit.NewTrail(pool, "reporting", trailWords, c.AuditDigest, c.Log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s := &Service{pool: pool, bus: c.Bus, store: store.New(pool), trail: trail, keyring: keyring, log: c.Log}
	s.buildFigures(c)
	s.buildWebhooks(c)
	s.buildExports(c)
	return s, nil
}

// Register adds reporting's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	reportingv1.RegisterMonthServiceServer(r, s.months)
	reportingv1.RegisterCountyReportServiceServer(r, s.reports)
	reportingv1.RegisterBulletinServiceServer(r, s.bulletins)
	reportingv1.RegisterProgressServiceServer(r, s.progress)
	reportingv1.RegisterReportingEventServiceServer(r, &server.Events{UseCase: app.Subscribe{Feed: feed{s.bus}, For: subscribedFor}})
	reportingv1.RegisterExportServiceServer(r, s.exports)
	reportingv1.RegisterBackgroundExportServiceServer(r, s.background)
	reportingv1.RegisterListExportServiceServer(r, s.lists)
	reportingv1.RegisterWebhookServiceServer(r, &server.Webhooks{UseCase: s.webhooks})
	s.trail.Register(r)
	s.consumers().Register(r)
}

// Refused records a refused call.
func (s *Service) Refused(ctx context.Context, method string, err error) {
	s.trail.Refused(ctx, method, err)
}

// Unavailable tells whether the database or the event stream can't serve now.
func (s *Service) Unavailable(err error) bool {
	return pg.IsUnavailable(err) || errors.Is(err, bus.ErrUnavailable)
}

// Run applies the events, tells webhooks of them and seals the audit trail until the context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.trail.Run(ctx) })
	group.Go(func() error { return s.monthly.Run(ctx) })
	group.Go(func() error { return s.consumers().Run(ctx) })
	group.Go(func() error { return s.keyring.Run(ctx, s.log) })
	group.Go(func() error { return s.deliver.Run(ctx) })
	group.Go(func() error { return s.background.UseCase.Run(ctx) })
	return group.Wait()
}

// consumers are what receives events.
func (s *Service) consumers() deadletter.Consumers {
	return deadletter.Consumers{Bus: s.bus, Pool: s.pool, Audit: s.trail.Now, All: []deadletter.Consumer{
		{Durable: events.Durable, Batch: factBatch, Handle: events.Facts(s.store)},
		{Durable: events.WebhooksDurable, Handle: events.Webhooks(s.webhooks.Tell)},
	}}
}

// Close closes the database.
func (s *Service) Close() { s.pool.Close() }

// feed is the bus as app.Feed.
type feed struct{ bus *bus.Bus }

// Follow implements app.Feed.
func (f feed) Follow(ctx context.Context, from app.FeedPlace, handle func(app.FeedEvent) error) error {
	err := f.bus.Follow(ctx, bus.Place(from), func(e bus.Event) error {
		return handle(app.FeedEvent{ID: e.ID, Type: e.Type, Subject: e.Subject, At: e.Time, Data: e.Data, Position: e.Sequence})
	})
	if errors.Is(err, bus.ErrNoSuchPlace) {
		return server.ErrCursor
	}
	return err
}
