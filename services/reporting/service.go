// Package reporting makes the figures: live progress, month-end, exports. It
// owns nothing original; all of it can be rebuilt from the events.
package reporting

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/pg"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/events"
	"baoxue.internal/services/reporting/internal/peers"
	"baoxue.internal/services/reporting/internal/server"
	"baoxue.internal/services/reporting/internal/store"
	"baoxue.internal/services/reporting/internal/workbook"
)

// CloseWithin is how long a call may take: closing a month waits for its events.
const CloseWithin = 5 * time.Minute

// Config is what the service needs. All fields are required.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// RegionAuth, Ledger and Verification call in the service's own name.
	RegionAuth, Ledger, Verification grpc.ClientConnInterface
	// LedgerAsCaller calls in the name of whoever is being served.
	LedgerAsCaller grpc.ClientConnInterface
	Log            *slog.Logger
}

// Service is the running reporting.
type Service struct {
	pool    *pgxpool.Pool
	bus     *bus.Bus
	store   *store.Store
	closing app.Closing
	show    app.Show
	exports *server.Exports
}

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	if err := pg.Migrate(ctx, dsn, store.Migrations, "migrations"); err != nil {
		return err
	}
	return pg.Migrate(ctx, dsn, bus.Migrations, bus.MigrationsDir)
}

// New opens the database, which must be migrated.
func New(ctx context.Context, c Config) (*Service, error) {
	pool, err := pg.Open(ctx, c.DatabaseURL, pg.Options{AppName: "reporting"})
	if err != nil {
		return nil, err
	}
	st := store.New(pool)
	ledger, verification := peers.NewLedger(c.Ledger), peers.NewVerification(c.Verification)
	divisions := peers.NewRegions(c.RegionAuth)
	return &Service{
		pool: pool, bus: c.Bus, store: st,
		closing: app.Closing{
			Store: st, Sources: []app.Watermark{ledger, verification}, Truth: ledger, Applied: applied{c.Bus},
			Divisions: divisions, Now: time.Now, Log: c.Log,
		},
		show: app.Show{Store: st, Divisions: divisions, Now: time.Now},
		exports: &server.Exports{
			Export: app.Export{Findings: verification}, Entries: peers.NewEntries(c.LedgerAsCaller).Open,
			NewSheet: func() (app.Sheet, error) { return workbook.NewEntries() },
		},
	}, nil
}

// applied waits for reporting's own consumer.
type applied struct{ bus *bus.Bus }

func (a applied) WaitApplied(ctx context.Context, sequence uint64) error {
	return a.bus.WaitApplied(ctx, events.Durable, sequence)
}

// Register adds reporting's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	reportingv1.RegisterMonthServiceServer(r, &server.Months{Closing: s.closing, Show: s.show, Bulletin: workbook.Bulletin})
	reportingv1.RegisterProgressServiceServer(r, &server.Progress{Show: s.show})
	reportingv1.RegisterExportServiceServer(r, s.exports)
}

// Run applies the events until the context ends.
func (s *Service) Run(ctx context.Context) error {
	return s.bus.Consume(ctx, bus.ConsumerOptions{
		Durable: events.Durable, DeadLetters: bus.Graveyard{Pool: s.pool},
	}, events.Facts(s.store))
}

// Close closes the database.
func (s *Service) Close() { s.pool.Close() }
