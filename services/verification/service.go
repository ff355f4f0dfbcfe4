// Package verification owns the outcome of every entry: its findings.
package verification

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/deadletter"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/events"
	"baoxue.internal/services/verification/internal/files"
	"baoxue.internal/services/verification/internal/peers"
	"baoxue.internal/services/verification/internal/server"
	"baoxue.internal/services/verification/internal/store"
	"baoxue.internal/services/verification/internal/worklist"
)

// Config is what the service needs. Fields are required unless they say otherwise.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// RegionAuth and Ledger call in the service's own name.
	RegionAuth, Ledger grpc.ClientConnInterface
	// LedgerAsCaller calls in the name of whoever is being served.
	LedgerAsCaller grpc.ClientConnInterface
	// Keys seal personal data; they are not in the database.
	Keys *seal.Master
	// AuditDigest is the digest of the audit chain and of the findings' chains, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	// SettingsFile and CalendarFile hold what changes by an order of the department;
	// empty means what came with the program.
	SettingsFile, CalendarFile string
	// TempDir is below which uploads are while they are read, in a folder of the process's own;
	// empty means the system's.
	TempDir string
	Log     *slog.Logger
}

// Service is the running verification.
type Service struct {
	pool     *pgxpool.Pool
	relay    *outbox.Relay
	bus      *bus.Bus
	store    *store.Store
	seals    app.Seals
	findings app.Findings
	visits   app.Visits
	legal    app.LegalSteps
	works    app.Works
	// enrollment are the use cases of the student-record system.
	enrollment app.Enrollment
	// ending is closed when Run is asked to end.
	ending   chan struct{}
	evidence app.Evidence
	sweep    app.Sweep
	notices  app.Notices
	batches  app.Batches
	scratch  *lifecycle.Scratch
	// children are the ledger's, in the name of whoever is being served.
	children peers.Children
	reviews  app.Reviews
	orders   app.Orders
	signals  app.Signals
	trail    *audit.Trail
	keyring  *seal.Keyring
	log      *slog.Logger
}

// lookEvery is how long a new duty waits until a watching student-record system hears of
// it.
const lookEvery = time.Second

// tellAgain is how long what has to be told once waits after a failure.
const tellAgain = 10 * time.Second

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	return pg.MigrateAll(ctx, dsn,
		pg.Schema{Files: store.Migrations, Dir: "migrations"},
		pg.Schema{Files: audit.Migrations, Dir: audit.MigrationsDir},
		pg.Schema{Files: seal.Migrations, Dir: seal.MigrationsDir},
		pg.Schema{Files: outbox.Migrations, Dir: outbox.MigrationsDir},
		pg.Schema{Files: bus.Migrations, Dir: bus.MigrationsDir},
	)
}

// New opens the database, which must be migrated.
func New(ctx context.Context, c Config) (*Service, error) {
	rules, err := loadRules(c.SettingsFile, c.CalendarFile)
	if err != nil {
		return nil, err
	}
	algorithm, err := chain.ParseAlgorithm(c.AuditDigest)
	if err != nil {
		return nil, err
	}
	pool, err := pg.Open(ctx, c.DatabaseURL, pg.Options{AppName: "verification"})
	if err != nil {
		return nil, err
	}
	if err := pg.WarnIfUnbound(ctx, pool, c.Log); err != nil {
		pool.Close()
		return nil, err
	}
	trail, err := audit.NewTrail(pool, "verification", trailWords, c.AuditDigest, c.Log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		pool.Close()
		return nil, err
	}
	objects, err := c.Bus.Objects(ctx, files.Bucket)
	if err != nil {
		pool.Close()
		return nil, err
	}
	scratch, err := lifecycle.OpenScratch(c.TempDir)
	if err != nil {
		pool.Close()
		return nil, err
	}
	relay := outbox.NewRelay(pool, c.Bus, "verification", c.Log)
	st, peer := store.New(pool, keyring, rules, algorithm, relay.Wake), peers.NewLedger(c.LedgerAsCaller, c.Ledger)
	regions := peers.NewRegions(c.RegionAuth)
	ending := make(chan struct{})
	teller := app.NewTeller(peer, c.Log)
	evidence := app.Evidence{
		Store: st, Files: files.Files{Objects: objects, Sealer: keyring}, Ledger: peer, Codes: rules.EvidenceCodes,
	}
	children := peers.NewChildren(c.LedgerAsCaller)
	findings := app.Findings{
		Store: st, Saves: app.NewSaves(st), Ledger: peer, Teller: teller,
		Regions: regions, Standard: &app.CurrentStandard{Store: st, Now: time.Now}, Now: time.Now,
		Evidence: evidence,
	}
	return &Service{
		pool: pool, relay: relay, bus: c.Bus, store: st, trail: trail, keyring: keyring, scratch: scratch, log: c.Log,
		seals:    app.Seals{Store: st, Barrier: relay, Log: c.Log},
		findings: findings,
		batches:  app.Batches{Findings: findings, Store: st, Marks: keyring, Regions: regions, Sheets: worklist.Sheets{}},
		children: children,
		evidence: evidence,
		sweep:    app.Sweep{Store: st, Files: evidence.Files, Now: time.Now, Log: c.Log},
		notices: app.Notices{
			Store: st, Ledger: peer, Children: children, Offices: regions, Rules: rules, Now: time.Now,
		},
		visits:     app.Visits{Store: st, Ledger: peer, Teller: teller, Now: time.Now},
		legal:      app.LegalSteps{Store: st, Ledger: peer, Teller: teller, Ladder: rules.LegalLadder, Now: time.Now},
		works:      app.Works{Store: st, Ledger: peer, Teller: teller, Now: time.Now},
		ending:     ending,
		enrollment: app.Enrollment{Store: st, Teller: teller, LookEvery: lookEvery, Ending: ending},
		reviews:    app.Reviews{Store: st, Teller: teller},
		orders:     app.Orders{Store: st, Regions: regions, RemindDays: rules.OrderRemindDays, Now: time.Now, Log: c.Log},
		signals:    app.Signals{Store: st, Settings: rules.Signals, Now: time.Now},
	}, nil
}

// Register adds verification's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	verificationv1.RegisterFindingServiceServer(r, &server.Findings{UseCase: s.findings})
	verificationv1.RegisterOutcomeServiceServer(r, &server.Outcomes{Store: s.store, Reviews: s.store, Barrier: s.relay})
	verificationv1.RegisterVisitServiceServer(r, &server.Visits{UseCase: s.visits})
	verificationv1.RegisterLegalStepServiceServer(r, &server.LegalSteps{UseCase: s.legal})
	verificationv1.RegisterWorkServiceServer(r, &server.Works{UseCase: s.works})
	verificationv1.RegisterEnrollmentServiceServer(r, &server.Enrollment{UseCase: s.enrollment})
	verificationv1.RegisterReviewServiceServer(r, &server.Reviews{UseCase: s.reviews})
	verificationv1.RegisterSupervisionOrderServiceServer(r, &server.Orders{UseCase: s.orders})
	verificationv1.RegisterInboxServiceServer(r, &server.Inbox{Store: s.store})
	verificationv1.RegisterSignalServiceServer(r, &server.Signals{UseCase: s.signals})
	verificationv1.RegisterEvidenceServiceServer(r, &server.Evidence{UseCase: s.evidence})
	verificationv1.RegisterNoticeServiceServer(r, &server.Notices{UseCase: s.notices})
	verificationv1.RegisterWorklistServiceServer(r, &server.Worklists{UseCase: s.batches, Source: s.children.Worklist, TempDir: s.scratch.Dir})
	verificationv1.RegisterFindingChainServiceServer(r, &server.Chain{Store: s.store})
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

// Run relays the service's events, applies the ledger's and seals the audit trail until
// the context ends.
func (s *Service) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { close(s.ending) })
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error { return s.trail.Run(ctx) })
	group.Go(func() error { return s.keyring.Run(ctx, s.log) })
	group.Go(func() error { return s.seals.Run(ctx) })
	group.Go(func() error { return s.sweep.Run(ctx) })
	group.Go(func() error { return s.orders.Run(ctx) })
	group.Go(func() error {
		return lifecycle.UntilDone(ctx, tellAgain, s.log, "older special groups are not told for now", s.store.TellTags)
	})
	group.Go(func() error {
		return lifecycle.UntilDone(ctx, tellAgain, s.log, "older legal steps are not told for now", s.store.TellLegalSteps)
	})
	group.Go(func() error { return s.consumers().Run(ctx) })
	return group.Wait()
}

// consumers are what receives events.
func (s *Service) consumers() deadletter.Consumers {
	return deadletter.Consumers{Bus: s.bus, Pool: s.pool, Audit: s.trail.Now, All: []deadletter.Consumer{
		{Durable: events.Durable, Subjects: events.Subjects, Handle: events.Places(s.store)},
	}}
}

// Close closes the database and removes what was unpacked.
func (s *Service) Close() {
	s.pool.Close()
	if err := s.scratch.Close(); err != nil {
		s.log.Warn("scratch folder not removed", "error", err)
	}
}
