// Package regionauth owns the administrative divisions and people's access.
package regionauth

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/password"
	"baoxue.internal/services/regionauth/internal/server"
	"baoxue.internal/services/regionauth/internal/signon"
	"baoxue.internal/services/regionauth/internal/store"
	"baoxue.internal/services/regionauth/internal/totp"
	"baoxue.internal/services/regionauth/reference"
)

// Config is what the service needs.
type Config struct {
	DatabaseURL string
	Bus         *bus.Bus
	// ServiceSecret is shared by Baoxue's own services.
	ServiceSecret string
	// BootstrapSecret lets its holder create the first user; empty forbids it.
	BootstrapSecret string
	// Keys seal signing keys and second factors; they are not in the database.
	Keys *seal.Master
	// SignOn is the provider of single sign-on; without an issuer there is none.
	SignOn signon.Config
	// AccessTTL and RefreshTTL of tokens; 0 means 15 minutes and 12 hours.
	AccessTTL, RefreshTTL time.Duration
	// KeyRotation is the age at which a signing key is replaced; 0 means 90 days.
	KeyRotation time.Duration
	// AuditDigest is the digest of the audit chain, sha256 or sm3; empty means
	// sha256.
	AuditDigest string
	Log         *slog.Logger
	// Now is the clock; nil means the machine's.
	Now func() time.Time
}

// Service is the running regionauth.
type Service struct {
	pool     *pgxpool.Pool
	bus      *bus.Bus
	relay    *outbox.Relay
	store    *store.Store
	regions  *app.Regions
	keys     *app.Keys
	access   app.Access
	people   app.People
	accounts app.Accounts
	trail    *audit.Trail
	keyring  *seal.Keyring
	// signOn is nil without a provider.
	signOn *signon.Provider
	log    *slog.Logger
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
	reference, err := domain.ParseRegions(reference.Regions)
	if err != nil {
		return nil, err
	}
	pool, err := pg.Open(ctx, c.DatabaseURL, pg.Options{AppName: "regionauth"})
	if err != nil {
		return nil, err
	}
	s, err := build(ctx, c.complete(), pool, reference)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

func (c Config) complete() Config {
	c.AccessTTL = cmp.Or(c.AccessTTL, 15*time.Minute)
	c.RefreshTTL = cmp.Or(c.RefreshTTL, 12*time.Hour)
	c.KeyRotation = cmp.Or(c.KeyRotation, 90*24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func build(ctx context.Context, c Config, pool *pgxpool.Pool, reference *domain.Regions) (*Service, error) {
	trail, err := audit.NewTrail(pool, "regionauth", trailWords, c.AuditDigest, c.Log)
	if err != nil {
		return nil, err
	}
	relay := outbox.NewRelay(pool, c.Bus, "regionauth", c.Log)
	keyring, err := seal.Open(ctx, pool, c.Keys)
	if err != nil {
		return nil, err
	}
	st := store.New(pool, keyring, relay.Wake, c.Now)
	regions := app.NewRegions(st, reference, c.Now)
	if err := regions.Load(ctx); err != nil {
		return nil, err
	}
	keys := app.NewKeys(st, max(c.AccessTTL, app.LongestOtherToken), c.KeyRotation, c.Now)
	if err := keys.Load(ctx); err != nil {
		return nil, err
	}
	passwords := password.NewHasher()
	decoy, err := passwords.Hash(ctx, rand.Text())
	if err != nil {
		return nil, err
	}
	lockout := app.Lockout{Store: st, Now: c.Now}
	s := &Service{
		pool: pool, bus: c.Bus, relay: relay, store: st, regions: regions, keys: keys, trail: trail, keyring: keyring, log: c.Log,
		access: app.Access{
			Store: st, Passwords: passwords, Regions: regions, Lockout: lockout, Sign: signer(keys), Decoy: decoy,
			Totp: st, Codes: totp.New(keyring), SignOns: st,
			ServiceSecret: c.ServiceSecret, BootstrapSecret: c.BootstrapSecret, AccessTTL: c.AccessTTL, RefreshTTL: c.RefreshTTL, Now: c.Now,
		},
		people:   app.People{Store: st, Passwords: passwords, Regions: regions, Now: c.Now},
		accounts: app.Accounts{Store: st, Regions: regions, Lockout: lockout, Sign: signer(keys), Now: c.Now},
	}
	if c.SignOn.Issuer != "" {
		if s.signOn, err = signon.New(c.SignOn); err != nil {
			return nil, err
		}
		s.access.SignOn = s.signOn
	}
	return s, nil
}

// signer signs with whichever key is the one to sign with then.
func signer(keys *app.Keys) func(app.Subject, time.Time, time.Duration) (string, error) {
	return func(s app.Subject, now time.Time, ttl time.Duration) (string, error) {
		key := keys.Signing()
		return token.Sign(key.Private, key.ID, rpc.Identity{
			Subject: s.ID, Name: s.Name, Level: commonv1.Level(s.Level), Region: s.Region, Scopes: s.Scopes, Roles: server.RolesProto(s.Roles),
			MustChangePassword: s.MustChangePassword,
		}, now, ttl)
	}
}

// KeySource verifies tokens with the service's own keys.
func (s *Service) KeySource() token.KeySource {
	return func(ctx context.Context) (token.Keys, error) {
		verifying, err := s.keys.Verifying(ctx)
		if err != nil {
			return nil, err
		}
		keys := make(token.Keys, len(verifying))
		for _, k := range verifying {
			keys[k.ID] = k.Private.Public().(ed25519.PublicKey)
		}
		return keys, nil
	}
}

// RevocationSource tells the service's own revocations.
func (s *Service) RevocationSource() token.RevocationSource {
	return func(ctx context.Context) (token.Revocations, error) { return s.access.Revocations(ctx) }
}

// Register adds regionauth's gRPC services.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	authv1.RegisterAuthServiceServer(r, &server.Auth{
		Access: s.access, Accounts: s.accounts, Keys: s.keys, Refusals: server.NewRefusals(s.trail.Note, time.Now),
	})
	authv1.RegisterServiceAccountServiceServer(r, &server.Accounts{Accounts: s.accounts})
	authv1.RegisterUserServiceServer(r, &server.Users{People: s.people, Colleagues: app.Colleagues{Store: s.store}})
	regionv1.RegisterRegionServiceServer(r, &server.Regions{UseCase: s.regions})
	s.trail.Register(r)
}

// Refused records a refused call.
func (s *Service) Refused(ctx context.Context, method string, err error) {
	s.trail.Refused(ctx, method, err)
}

// Unavailable tells whether the database can't serve now.
func (s *Service) Unavailable(err error) bool { return pg.IsUnavailable(err) }

// Run relays the service's events, seals the audit trail, keeps up with what other
// processes enter, replaces old keys and removes what expired, until the context
// ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.relay.Run(ctx) })
	group.Go(func() error { return s.trail.Run(ctx) })
	group.Go(func() error { return s.keyring.Run(ctx, s.log) })
	group.Go(func() error {
		return lifecycle.Every(ctx, keysEvery, s.log, "signing keys of other processes are not known yet", s.keys.Load)
	})
	group.Go(func() error {
		return lifecycle.Every(ctx, time.Minute, s.log, "an old signing key signs on", s.keys.RotateOld)
	})
	group.Go(func() error {
		return lifecycle.Every(ctx, 10*time.Minute, s.log, "what expired stays for now", s.store.DropExpired)
	})
	group.Go(func() error {
		return lifecycle.Every(ctx, regionsEvery, s.log, "region changes of other processes are not known yet", s.regions.Load)
	})
	return group.Wait()
}

// A key that another process made signs here after this long.
const keysEvery = 3 * time.Second

// A change of divisions that another process entered is known after this long.
const regionsEvery = 5 * time.Second

// Close closes the database and gives up idle connections.
func (s *Service) Close() {
	if s.signOn != nil {
		s.signOn.Close()
	}
	s.pool.Close()
}
