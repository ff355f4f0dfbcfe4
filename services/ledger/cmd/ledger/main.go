// Command ledger serves the ledger of children believed to be out of school.
package main

import (
	"context"
	"log/slog"
	"os"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/token"
	"baoxue.internal/services/ledger"
)

func main() {
	var s process.Settings
	f := process.NewFlags("ledger")
	s.Bind(f, "127.0.0.1:7101")
	s.BindDatabase(f)
	s.BindEvents(f)
	s.BindSecret(f)
	s.BindPeer(f, &s.RegionAuth, "regionauth")
	s.BindKeys(f)
	var c ledger.Config
	f.Int(&c.PendingDays, "pending-days", 10, "working days until an entry without a finding is overdue")
	f.Int(&c.DueSoonDays, "due-soon-days", 3, "days before its last day that a deadline is due soon")
	f.Int(&c.TransferDays, "transfer-days", 5, "working days that a county has to answer the offer of an entry")
	f.Int(&c.QueriesPerMinute, "queries-per-minute", 60_000, "document numbers and lists of changes that another system may ask in a minute")
	f.String(&c.CalendarFile, "calendar-file", "", calendar.FileUsage)
	f.String(&c.TempDir, "temp-dir", "", "folder below which uploads are while they are read; empty for the system's")
	f.Int(&c.ImportFileDays, "import-file-days", ledger.ImportFileDays, "days that the sealed file of an import is kept, to be downloaded with what is odd in its rows; 0 keeps none")
	process.Main(f, os.Args[1:], func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, &s, c) })
}

func run(ctx context.Context, log *slog.Logger, s *process.Settings, c ledger.Config) error {
	if err := ledger.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	keys, err := seal.LoadMaster(s.KeyFile)
	if err != nil {
		return err
	}
	events, err := s.Bus(ctx, "ledger", log)
	if err != nil {
		return err
	}
	defer events.Close()
	auth, err := s.Dial(s.RegionAuth, rpc.Anonymous)
	if err != nil {
		return err
	}
	regionAuth, err := s.Dial(s.RegionAuth, token.AsService(auth, "ledger", s.ServiceSecret))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the process ends
	options, err := s.ServerOptions(log, token.FromService(auth), token.RevocationsFromService(regionAuth))
	if err != nil {
		return err
	}
	c.DatabaseURL, c.AuditDigest, c.Bus, c.RegionAuth, c.Keys, c.Log = s.DatabaseURL, s.AuditDigest, events, regionAuth, keys, log
	service, err := ledger.New(ctx, c)
	if err != nil {
		return err
	}
	defer service.Close()
	return lifecycle.Run(ctx, log, s.Metrics(), process.Component("ledger", s.Listen, options, service))
}
