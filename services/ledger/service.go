// Package ledger is the ledger of children believed to be out of school: the
// entries, where they are routed, and a projection of their newest outcome.
package ledger

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/deadletter"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/workbook"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/events"
	"baoxue.internal/services/ledger/internal/people"
	"baoxue.internal/services/ledger/internal/regions"
	"baoxue.internal/services/ledger/internal/server"
	"baoxue.internal/services/ledger/internal/store"
)

// Config is what the service needs. All fields but those that say so are
// required.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// RegionAuth calls regionauth in the service's own name.
	RegionAuth grpc.ClientConnInterface
	// Keys seal personal data; they are not in the database.
	Keys *seal.Master
	// TempDir is below which uploads are while they are read, in a folder of the process's own;
	// empty means the system's.
	TempDir string
	// AuditDigest is the digest of the audit chain, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	// PendingDays are the working days until an entry without a finding is overdue;
	// 0 means 10 (DOMAIN §6).
	PendingDays int
	// CalendarFile tells public holidays; empty means those that came with the program.
	CalendarFile string
	// DueSoonDays is how many days before its last day a deadline is due soon; 0 means 3.
	DueSoonDays int
	// QueriesPerMinute are the document numbers, and lists of changes, that an account of
	// another system may ask of this process in a minute; 0 means 60,000.
	QueriesPerMinute int
	// TransferDays are the working days that a county has to answer the offer of an entry;
	// 0 means 5.
	TransferDays int
	// ImportFileDays is how long the file of an import is kept, sealed, to be given back
	// with what is odd in it; at most the newest two dozen are. 0 keeps none.
	ImportFileDays int
	Log            *slog.Logger
}

const (
	queriesPerMinute = 60_000
	transferDays     = 5
	pendingDays      = 10
	dueSoonDays      = 3
)

// ImportFileDays is how long files of imports are kept unless configured otherwise.
const ImportFileDays = 30

// Service is the running ledger.
type Service struct {
	pools     pools
	bus       *bus.Bus
	relay     *outbox.Relay
	store     *store.Store
	entries   app.Entries
	query     app.Query
	transfers app.Transfers
	assign    app.Assign
	imports   *app.Imports
	reroute   app.Reroute
	// deadlines are those of entries without a finding.
	deadlines app.Deadlines
	// responsible are the use cases of a responsible person.
	responsible app.Responsible
	trail       *audit.Trail
	keyring     *seal.Keyring
	scratch     *lifecycle.Scratch
	log         *slog.Logger
	life        context.Context //nolint:containedctx // the service's own life: imports run under it
	endLife     context.CancelFunc
}

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	return pg.MigrateAll(ctx, dsn,
		pg.Schema{Files: store.Migrations, Dir: "migrations"},
		pg.Schema{Files: outbox.Migrations, Dir: outbox.MigrationsDir},
		pg.Schema{Files: audit.Migrations, Dir: audit.MigrationsDir},
		pg.Schema{Files: seal.Migrations, Dir: seal.MigrationsDir},
		pg.Schema{Files: bus.Migrations, Dir: bus.MigrationsDir},
	)
}

// New opens the database, which must be migrated.
func New(ctx context.Context, c Config) (*Service, error) {
	days, err := calendar.Load(c.CalendarFile)
	if err != nil {
		return nil, err
	}
	opened, err := openPools(ctx, c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	pool := opened.all
	if err := pg.WarnIfUnbound(ctx, pool, c.Log); err != nil {
		opened.Close()
		return nil, err
	}
	trail, err := audit.NewTrail(pool, "ledger", trailWords, c.AuditDigest, c.Log)
	if err != nil {
		opened.Close()
		return nil, err
	}
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		opened.Close()
		return nil, err
	}
	scratch, err := lifecycle.OpenScratch(c.TempDir)
	if err != nil {
		opened.Close()
		return nil, err
	}
	relay := outbox.NewRelay(pool, c.Bus, "ledger", c.Log)
	st := store.New(pool, opened.reads, keyring, relay.Wake)
	resolver := regions.Client{Regions: regionv1.NewRegionServiceClient(c.RegionAuth)}
	deadlines := app.Deadlines{Store: st, Calendar: days, Days: cmp.Or(c.PendingDays, pendingDays)}
	s := &Service{
		pools: opened, bus: c.Bus, relay: relay, store: st, trail: trail, keyring: keyring, scratch: scratch, log: c.Log,
		entries: app.Entries{Store: st, Sealer: keyring, Now: time.Now, SoonDays: cmp.Or(c.DueSoonDays, dueSoonDays)},
		transfers: app.Transfers{
			Store: st, Regions: resolver, Calendar: days, Days: cmp.Or(c.TransferDays, transferDays), Now: time.Now,
		},
		query:       app.Query{Store: st, Allowance: app.NewAllowances(cmp.Or(c.QueriesPerMinute, queriesPerMinute))},
		assign:      app.Assign{Store: st, Regions: resolver},
		responsible: app.Responsible{Store: st, People: people.Client{Users: authv1.NewUserServiceClient(c.RegionAuth)}},
		deadlines:   deadlines,
		reroute:     app.Reroute{Store: st, Regions: resolver, Now: time.Now, Log: c.Log},
		imports: &app.Imports{Store: st, Regions: resolver, Deadlines: deadlines, Log: c.Log, KeepDays: c.ImportFileDays, Open: func(path string) (app.Sheets, error) {
			return workbook.Open(path)
		}},
	}
	s.life, s.endLife = context.WithCancel(context.WithoutCancel(ctx))
	interrupted, err := st.FailInterrupted(ctx)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("imports left by a killed process: %w", err)
	}
	if interrupted > 0 {
		c.Log.WarnContext(ctx, "imports were interrupted, nothing of them is stored", "imports", interrupted)
	}
	return s, nil
}

// Register adds the ledger's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	ledgerv1.RegisterLedgerServiceServer(r, &server.Ledger{Entries: s.entries, Assign: s.assign, Responsible: s.responsible, Reveal: app.Reveal{Store: s.store}})
	ledgerv1.RegisterImportServiceServer(r, &server.Imports{UseCase: s.imports, Background: s.life, TempDir: s.scratch.Dir})
	ledgerv1.RegisterHandlingServiceServer(r, &server.Handling{Store: s.store})
	ledgerv1.RegisterOutcomeProjectionServiceServer(r, &server.OutcomeProjection{Store: s.store})
	ledgerv1.RegisterProjectionServiceServer(r, &server.Projection{
		Truth: app.Truth{Store: s.store, Applied: applied{s.bus}}, Barrier: s.relay,
	})
	ledgerv1.RegisterTransferServiceServer(r, &server.Transfers{UseCase: s.transfers})
	ledgerv1.RegisterLedgerQueryServiceServer(r, &server.Query{UseCase: s.query, Entries: s.entries})
	s.trail.Register(r)
	s.consumers().Register(r)
}

// Refused records a refused call.
func (s *Service) Refused(ctx context.Context, method string, err error) {
	s.trail.Refused(ctx, method, err)
}

// Unavailable tells whether the database can't serve now.
func (s *Service) Unavailable(err error) bool { return pg.IsUnavailable(err) }

// applied waits for the ledger's own consumer.
type applied struct{ bus *bus.Bus }

func (a applied) WaitApplied(ctx context.Context, sequence uint64) error {
	return a.bus.WaitApplied(ctx, events.Durable, sequence)
}

// Run relays the ledger's events, applies verification's and seals the audit
// trail, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error { return s.trail.Run(ctx) })
	group.Go(func() error { return s.keyring.Run(ctx, s.log) })
	group.Go(func() error { return s.consumers().Run(ctx) })
	group.Go(func() error {
		return lifecycle.Every(ctx, dateEvery, s.log, "pending entries get no deadline for now", s.deadlines.Do)
	})
	group.Go(func() error {
		return lifecycle.Every(ctx, rerouteEvery, s.log, "entries do not follow the divisions for now", s.reroute.Do)
	})
	group.Go(func() error {
		return lifecycle.UntilDone(ctx, retryAfter, s.log, "names are not in order for now", s.store.OrderNames)
	})
	group.Go(func() error {
		return lifecycle.Every(ctx, addUpEvery, s.log, "tallies are not added up for now", s.store.AddUpTallies)
	})
	return group.Wait()
}

const (
	// A change of divisions whose month begins takes effect here after this long.
	rerouteEvery = 10 * time.Second
	// Entries that were routed have their deadline after this long.
	dateEvery = 10 * time.Second
	// Between two times, each change of an entry leaves a row that lists have to add up.
	addUpEvery = 5 * time.Second
	// What has to be done once is tried again after this long.
	retryAfter = 10 * time.Second
)

// consumers are what receives events.
func (s *Service) consumers() deadletter.Consumers {
	return deadletter.Consumers{Bus: s.bus, Pool: s.pools.all, Audit: s.trail.Now, All: []deadletter.Consumer{
		{Durable: events.Durable, Subjects: events.Subjects, Handle: events.Outcomes(s.store)},
		{Durable: events.WorksDurable, Subjects: events.WorkSubjects, Handle: events.Works(s.store)},
		{Durable: events.TagsDurable, Subjects: events.TagSubjects, Handle: events.Tags(s.store)},
		{Durable: events.UsersDurable, Subjects: events.UserSubjects, Handle: events.Users(s.responsible)},
		{Durable: events.RegionsDurable, Subjects: events.RegionSubjects, Handle: events.Regions(s.reroute)},
	}}
}

// Close ends running imports and closes the database.
func (s *Service) Close() {
	s.endLife()
	s.imports.Wait()
	s.pools.Close()
	if err := s.scratch.Close(); err != nil {
		s.log.Warn("temporary files were left behind", "error", err)
	}
}
