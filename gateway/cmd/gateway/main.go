// Command gateway serves REST and the web workbench.
package main

import (
	"context"
	"log/slog"
	"os"

	"baoxue.internal/gateway"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/rpc"
)

func main() {
	var s process.Settings
	f := process.NewFlags("gateway")
	s.Bind(f, "127.0.0.1:8080")
	s.BindPeer(f, &s.RegionAuth, "regionauth")
	s.BindPeer(f, &s.Ledger, "ledger")
	s.BindPeer(f, &s.Verification, "verification")
	s.BindPeer(f, &s.Reporting, "reporting")
	var noWatermark bool
	f.Bool(&noWatermark, "no-watermark", "show no watermark with the user's name on the page")
	process.Main(f, os.Args[1:], func(ctx context.Context, log *slog.Logger) error { return run(ctx, log, &s, noWatermark) })
}

func run(ctx context.Context, log *slog.Logger, s *process.Settings, noWatermark bool) error {
	defer s.Close() //nolint:errcheck // the process ends
	c := gateway.Config{Log: log, Registry: s.Registry(), TrustedProxies: s.TrustedProxies, NoWatermark: noWatermark}
	var err error
	// The caller's own token is passed on: the gateway itself may do nothing.
	if c.RegionAuth, err = s.Dial(s.RegionAuth, rpc.Anonymous); err != nil {
		return err
	}
	if c.Ledger, err = s.Dial(s.Ledger, rpc.Anonymous); err != nil {
		return err
	}
	if c.Verification, err = s.Dial(s.Verification, rpc.Anonymous); err != nil {
		return err
	}
	if c.Reporting, err = s.Dial(s.Reporting, rpc.Anonymous); err != nil {
		return err
	}
	handler, err := gateway.New(c)
	if err != nil {
		return err
	}
	return lifecycle.Run(ctx, log, s.Metrics(), lifecycle.Component{Name: "http", Run: func(ctx context.Context, ready func()) error {
		listener, err := process.Listen(ctx, s.Listen)
		if err != nil {
			return err
		}
		log.InfoContext(ctx, "ready", "address", "http://"+listener.Addr().String())
		ready()
		return process.HTTP(ctx, listener, handler)
	}})
}
