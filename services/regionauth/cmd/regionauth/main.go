// Command regionauth serves the administrative divisions and people's access.
package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/process"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/regionauth"
)

func main() {
	var s process.Settings
	var c regionauth.Config
	f := process.NewFlags("regionauth")
	s.Bind(f, "127.0.0.1:7100")
	s.BindDatabase(f)
	s.BindEvents(f)
	s.BindSecret(f)
	f.String(&c.BootstrapSecret, "bootstrap-secret", "", "secret that lets baoxuectl bootstrap create the first user; empty forbids it")
	s.BindKeys(f)
	f.String(&c.SignOn.Issuer, "oidc-issuer", "", "address of the OpenID Connect provider for single sign-on; empty for none")
	f.String(&c.SignOn.ClientID, "oidc-client-id", "", "our client id at the provider")
	f.String(&c.SignOn.ClientSecret, "oidc-client-secret", "", "our client secret at the provider")
	f.String(&c.SignOn.RedirectURL, "oidc-redirect-url", "", "where the provider sends the browser back to")
	f.String(&c.SignOn.Claim, "oidc-claim", "sub", "claim that tells who a person is, as in a user's external id")
	f.Duration(&c.AccessTTL, "access-ttl", 15*time.Minute, "how long an access token is valid")
	f.Duration(&c.RefreshTTL, "refresh-ttl", 12*time.Hour, "how long a login lasts without being used")
	f.Duration(&c.KeyRotation, "key-rotation", 90*24*time.Hour, "age at which the key that signs access tokens is replaced")
	process.Main(f, os.Args[1:], func(ctx context.Context, log *slog.Logger) error {
		c.DatabaseURL, c.AuditDigest, c.ServiceSecret, c.Log = s.DatabaseURL, s.AuditDigest, s.ServiceSecret, log
		return run(ctx, log, &s, c)
	})
}

func run(ctx context.Context, log *slog.Logger, s *process.Settings, c regionauth.Config) error {
	if err := regionauth.Migrate(ctx, c.DatabaseURL); err != nil {
		return err
	}
	keys, err := seal.LoadMaster(s.KeyFile)
	if err != nil {
		return err
	}
	events, err := s.Bus(ctx, "regionauth", log)
	if err != nil {
		return err
	}
	defer events.Close()
	c.Bus, c.Keys = events, keys
	service, err := regionauth.New(ctx, c)
	if err != nil {
		return err
	}
	defer service.Close()
	options, err := s.ServerOptions(log, service.KeySource(), service.RevocationSource())
	if err != nil {
		return err
	}
	return lifecycle.Run(ctx, log, s.Metrics(), process.Component("regionauth", s.Listen, options, service))
}
