// Command verification serves the outcomes of entries.
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
	"baoxue.internal/services/verification"
)

func main() {
	var s process.Settings
	f := process.NewFlags("verification")
	s.Bind(f, "127.0.0.1:7102")
	s.BindDatabase(f)
	s.BindEvents(f)
	s.BindSecret(f)
	s.BindPeer(f, &s.RegionAuth, "regionauth")
	s.BindPeer(f, &s.Ledger, "ledger")
	s.BindKeys(f)
	var c verification.Config
	f.String(&c.SettingsFile, "settings-file", "", verification.SettingsFileUsage)
	f.String(&c.CalendarFile, "calendar-file", "", calendar.FileUsage)
	f.String(&c.TempDir, "temp-dir", "", "folder below which uploads are while they are read; empty for the system's")
	process.Main(f, os.Args[1:], func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, &s, c) })
}

func run(ctx context.Context, log *slog.Logger, s *process.Settings, c verification.Config) error {
	if err := verification.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	keys, err := seal.LoadMaster(s.KeyFile)
	if err != nil {
		return err
	}
	events, err := s.Bus(ctx, "verification", log)
	if err != nil {
		return err
	}
	defer events.Close()
	defer s.Close() //nolint:errcheck // the process ends
	auth, err := s.Dial(s.RegionAuth, rpc.Anonymous)
	if err != nil {
		return err
	}
	self := token.AsService(auth, "verification", s.ServiceSecret)
	c.DatabaseURL, c.AuditDigest, c.Bus, c.Keys, c.Log = s.DatabaseURL, s.AuditDigest, events, keys, log
	if c.RegionAuth, err = s.Dial(s.RegionAuth, self); err != nil {
		return err
	}
	if c.Ledger, err = s.Dial(s.Ledger, self); err != nil {
		return err
	}
	if c.LedgerAsCaller, err = s.Dial(s.Ledger, rpc.AsCaller); err != nil {
		return err
	}
	options, err := s.ServerOptions(log, token.FromService(auth), token.RevocationsFromService(c.RegionAuth))
	if err != nil {
		return err
	}
	service, err := verification.New(ctx, c)
	if err != nil {
		return err
	}
	defer service.Close()
	return lifecycle.Run(ctx, log, s.Metrics(), process.Component("verification", s.Listen, options, service))
}
