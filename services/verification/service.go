// Package verification owns the outcome of every entry: its findings.
package verification

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/peers"
	"baoxue.internal/services/verification/internal/server"
	"baoxue.internal/services/verification/internal/store"
)

// Config is what the service needs. All fields but AuditDigest are required.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// RegionAuth and Ledger call in the service's own name.
	RegionAuth, Ledger grpc.ClientConnInterface
	// LedgerAsCaller calls in the name of whoever is being served.
	LedgerAsCaller grpc.ClientConnInterface
	// Keys seal personal data; they are not in the database.
	Keys *seal.Master
	// AuditDigest is the digest of the audit chain, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	Log         *slog.Logger
}

// Service is the running verification.
type Service struct {
	pool     *pgxpool.Pool
	relay    *outbox.Relay
	store    *store.Store
	findings app.Findings
	trail    *audit.Trail
}

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	return pg.MigrateAll(ctx, dsn,
		pg.Schema{Files: store.Migrations, Dir: "migrations"},
		pg.Schema{Files: audit.Migrations, Dir: audit.MigrationsDir},
		pg.Schema{Files: seal.Migrations, Dir: seal.MigrationsDir},
		pg.Schema{Files: outbox.Migrations, Dir: outbox.MigrationsDir},
	)
}

// New opens the database, which must be migrated.
func New(ctx context.Context, c Config) (*Service, error) {
	pool, err := pg.Open(ctx, c.DatabaseURL, pg.Options{AppName: "verification"})
	if err != nil {
		return nil, err
	}
	if err := pg.WarnIfUnbound(ctx, pool, c.Log); err != nil {
		pool.Close()
		return nil, err
	}
	trail, err := audit.NewTrail(pool, "verification", c.AuditDigest, c.Log)
	if err != nil {
		pool.Close()
		return nil, err
	}
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		pool.Close()
		return nil, err
	}
	relay := outbox.NewRelay(pool, c.Bus, "verification", c.Log)
	st := store.New(pool, keyring, relay.Wake)
	return &Service{pool: pool, relay: relay, store: st, trail: trail, findings: app.Findings{
		Store: st, Ledger: peers.NewLedger(c.LedgerAsCaller, c.Ledger), Regions: peers.NewRegions(c.RegionAuth),
		Now: time.Now, Log: c.Log,
	}}, nil
}

// Register adds verification's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	verificationv1.RegisterFindingServiceServer(r, &server.Findings{UseCase: s.findings})
	verificationv1.RegisterOutcomeServiceServer(r, &server.Outcomes{Store: s.store, Barrier: s.relay})
	s.trail.Register(r)
}

// Refused records a refused call.
func (s *Service) Refused(ctx context.Context, method string, err error) {
	s.trail.Refused(ctx, method, err)
}

// Run relays the service's events and seals the audit trail until the context
// ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error { return s.trail.Run(ctx) })
	return group.Wait()
}

// Close closes the database.
func (s *Service) Close() { s.pool.Close() }
