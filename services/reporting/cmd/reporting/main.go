// Command reporting serves the figures: live progress, month-end, exports.
package main

import (
	"context"
	"log/slog"
	"os"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/token"
	"baoxue.internal/services/reporting"
)

func main() {
	var s process.Settings
	var c reporting.Config
	f := process.NewFlags("reporting")
	s.Bind(f, "127.0.0.1:7103")
	s.BindDatabase(f)
	s.BindEvents(f)
	s.BindSecret(f)
	s.BindKeys(f)
	f.Duration(&c.CloseAfter, "close-after", 0, "close each month by itself, this long after its end in Asia/Shanghai (1h); 0: a timer or somebody does")
	s.BindPeer(f, &s.RegionAuth, "regionauth")
	s.BindPeer(f, &s.Ledger, "ledger")
	s.BindPeer(f, &s.Verification, "verification")
	f.Networks(&c.WebhookNetworks, "webhook-networks", reporting.WebhookNetworksUsage)
	process.Main(f, os.Args[1:], func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, &s, c) })
}

func run(ctx context.Context, log *slog.Logger, s *process.Settings, c reporting.Config) error {
	if err := reporting.Migrate(ctx, s.DatabaseURL); err != nil {
		return err
	}
	keys, err := seal.LoadMaster(s.KeyFile)
	if err != nil {
		return err
	}
	events, err := s.Bus(ctx, "reporting", log)
	if err != nil {
		return err
	}
	defer events.Close()
	defer s.Close() //nolint:errcheck // the process ends
	auth, err := s.Dial(s.RegionAuth, rpc.Anonymous)
	if err != nil {
		return err
	}
	self := token.AsService(auth, "reporting", s.ServiceSecret)
	c.DatabaseURL, c.AuditDigest, c.Bus, c.Keys, c.Log = s.DatabaseURL, s.AuditDigest, events, keys, log
	if c.RegionAuth, err = s.Dial(s.RegionAuth, self); err != nil {
		return err
	}
	if c.Ledger, err = s.Dial(s.Ledger, self); err != nil {
		return err
	}
	if c.Verification, err = s.Dial(s.Verification, self); err != nil {
		return err
	}
	if c.LedgerAsCaller, err = s.Dial(s.Ledger, rpc.AsCaller); err != nil {
		return err
	}
	if c.VerificationAsCaller, err = s.Dial(s.Verification, rpc.AsCaller); err != nil {
		return err
	}
	if c.RegionAuthAsCaller, err = s.Dial(s.RegionAuth, rpc.AsCaller); err != nil {
		return err
	}
	options, err := s.ServerOptions(log, token.FromService(auth), token.RevocationsFromService(c.RegionAuth))
	if err != nil {
		return err
	}
	options.Deadline = reporting.CloseWithin
	service, err := reporting.New(ctx, c)
	if err != nil {
		return err
	}
	defer service.Close()
	return lifecycle.Run(ctx, log, s.Metrics(), process.Component("reporting", s.Listen, options, service))
}
