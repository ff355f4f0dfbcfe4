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
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/circular"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/hooks"
	"baoxue.internal/services/reporting/internal/peers"
	"baoxue.internal/services/reporting/internal/server"
	"baoxue.internal/services/reporting/internal/store"
	"baoxue.internal/services/reporting/internal/workbook"
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
	// LedgerAsCaller and VerificationAsCaller call in the name of whoever is being served.
	LedgerAsCaller, VerificationAsCaller grpc.ClientConnInterface
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
	closing app.Closing
	show    app.Show
	cells   app.Cells
	reports app.Reports
	issuing app.Issuing
	monthly app.Schedule
	rerun   app.Rerun
	exports *server.Exports
	files   *server.Background
	lists   *server.Lists
	hooks   app.Webhooks
	deliver app.Deliver
	trail   *audit.Trail
	keyring *seal.Keyring
	log     *slog.Logger
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
	trail, err := audit.NewTrail(pool, "reporting", c.AuditDigest, c.Log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		pool.Close()
		return nil, err
	}
	st := store.New(pool)
	ledger, verification := peers.NewLedger(c.Ledger), peers.NewVerification(c.Verification)
	divisions := peers.NewRegions(c.RegionAuth)
	show := app.Show{Store: st, Divisions: divisions, Live: &app.Live{Store: st, Divisions: divisions}, Now: time.Now}
	closing := app.Closing{
		Store: st, Runs: st, Sources: []app.Watermark{ledger, verification}, Truth: ledger, Applied: applied{c.Bus}, Buried: buried{bus.Graveyard{Pool: pool}},
		Divisions: divisions, Now: time.Now, Log: c.Log,
	}
	hooks, poster, woken := store.Webhooks{Store: st, Sealer: keyring}, hooks.NewPoster(c.WebhookNetworks, nil), make(chan struct{}, 1)
	entries := peers.NewEntries(c.LedgerAsCaller)
	exports := &server.Exports{
		Findings: verification, Masked: peers.Masked{Findings: verification}, Entries: entries.Open,
		Workbook: workbook.NewEntries, CSV: workbook.NewEntriesCSV, Audit: trail.Now,
	}
	return &Service{
		pool: pool, bus: c.Bus, store: st, trail: trail, keyring: keyring, log: c.Log, closing: closing,
		hooks: app.Webhooks{
			Store: hooks, Tellings: hooks, Divisions: divisions, Reachable: poster.Reachable, Sample: events.Sample, Wake: waking(woken), Now: time.Now,
		},
		deliver: app.Deliver{Queue: hooks, Poster: poster, Woken: woken, Now: time.Now, Log: c.Log},
		monthly: app.Schedule{Close: closing.Close, After: c.CloseAfter, Every: closeEvery, Now: time.Now, Log: c.Log},
		show:    show, reports: app.Reports{Store: st, Show: show},
		issuing: app.Issuing{Store: st, Show: show, Reports: app.Reports{Store: st, Show: show}, Page: circular.Page, Word: circular.Word},
		cells:   app.Cells{Store: st, Names: entries},
		rerun:   app.Rerun{Store: st, Divisions: divisions, Log: c.Log, Replay: events.Replay(c.Bus, factBatch)},
		exports: exports,
		lists: &server.Lists{
			Orders: verificationv1.NewSupervisionOrderServiceClient(c.VerificationAsCaller), Transfers: ledgerv1.NewTransferServiceClient(c.LedgerAsCaller),
			Divisions: divisions, Workbook: workbook.NewList, Audit: trail.Now,
		},
		files: &server.Background{
			UseCase: &app.Background{Store: store.Exports{Store: st, Sealer: keyring}, Now: time.Now, Log: c.Log}, Exports: exports, Count: entries.Count,
		},
	}, nil
}

// waking tells that something waits, once however often it is told before somebody looks.
func waking(woken chan<- struct{}) func() {
	return func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

// buried are the facts that could not be applied: what webhooks were not told changes no figure.
type buried struct{ graveyard bus.Graveyard }

func (b buried) Count(ctx context.Context, sequence uint64) (int, error) {
	return b.graveyard.CountUntil(ctx, events.Durable, sequence)
}

// applied waits for reporting's own consumer.
type applied struct{ bus *bus.Bus }

func (a applied) WaitApplied(ctx context.Context, sequence uint64) error {
	return a.bus.WaitApplied(ctx, events.Durable, sequence)
}

// Register adds reporting's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	months := &server.Months{
		Closing: s.closing, Show: s.show, Cells: s.cells, Rerun: s.rerun, Bulletin: workbook.Bulletin, Issuing: s.issuing, Audit: s.trail.Now,
	}
	reports := &server.CountyReports{Reports: s.reports}
	s.lists.Months, s.lists.Reports = months, reports
	reportingv1.RegisterMonthServiceServer(r, months)
	reportingv1.RegisterCountyReportServiceServer(r, reports)
	reportingv1.RegisterListExportServiceServer(r, s.lists)
	reportingv1.RegisterReportingEventServiceServer(r, &server.Events{UseCase: app.Subscribe{Feed: feed{s.bus}, For: subscribedFor}})
	reportingv1.RegisterBulletinServiceServer(r, &server.Bulletins{Issuing: s.issuing})
	reportingv1.RegisterProgressServiceServer(r, &server.Progress{Show: s.show})
	reportingv1.RegisterExportServiceServer(r, s.exports)
	reportingv1.RegisterBackgroundExportServiceServer(r, s.files)
	reportingv1.RegisterWebhookServiceServer(r, &server.Webhooks{UseCase: s.hooks})
	s.trail.Register(r)
	s.consumers().Register(r)
}

// Refused records a refused call.
func (s *Service) Refused(ctx context.Context, method string, err error) {
	s.trail.Refused(ctx, method, err)
}

// Run applies the events, tells webhooks of them and seals the audit trail until the context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.trail.Run(ctx) })
	group.Go(func() error { return s.monthly.Run(ctx) })
	group.Go(func() error { return s.consumers().Run(ctx) })
	group.Go(func() error { return s.keyring.Run(ctx, s.log) })
	group.Go(func() error { return s.deliver.Run(ctx) })
	group.Go(func() error { return s.files.UseCase.Run(ctx) })
	return group.Wait()
}

// consumers are what receives events.
func (s *Service) consumers() deadletter.Consumers {
	return deadletter.Consumers{Bus: s.bus, Pool: s.pool, Audit: s.trail.Now, All: []deadletter.Consumer{
		{Durable: events.Durable, Batch: factBatch, Handle: events.Facts(s.store)},
		{Durable: events.WebhooksDurable, Handle: events.Webhooks(s.hooks.Tell)},
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
