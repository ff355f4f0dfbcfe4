// Package regionauth owns the administrative divisions and people's access.
package regionauth

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/token"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/password"
	"baoxue.internal/services/regionauth/internal/server"
	"baoxue.internal/services/regionauth/internal/store"
	"baoxue.internal/services/regionauth/reference"
)

// Config is what the service needs.
type Config struct {
	DatabaseURL string
	// ServiceSecret is shared by Baoxue's own services.
	ServiceSecret string
	// BootstrapSecret lets its holder create the first user; empty forbids it.
	BootstrapSecret string
	// AccessTTL and RefreshTTL of tokens; 0 means 15 minutes and 12 hours.
	AccessTTL, RefreshTTL time.Duration
	Log                   *slog.Logger
}

// Service is the running regionauth.
type Service struct {
	pool    *pgxpool.Pool
	store   *store.Store
	regions *app.Regions
	keys    []app.Key
	access  app.Access
	log     *slog.Logger
}

// Migrate brings the database to the newest schema.
func Migrate(ctx context.Context, dsn string) error {
	return pg.Migrate(ctx, dsn, store.Migrations, "migrations")
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
	st := store.New(pool)
	regions := app.NewRegions(st, reference, time.Now)
	if err := regions.Load(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	keys, err := st.Keys(ctx)
	if err != nil {
		pool.Close()
		return nil, err
	}
	if c.AccessTTL == 0 {
		c.AccessTTL = 15 * time.Minute
	}
	if c.RefreshTTL == 0 {
		c.RefreshTTL = 12 * time.Hour
	}
	passwords := password.NewHasher()
	decoy, err := passwords.Hash(ctx, rand.Text())
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Service{pool: pool, store: st, regions: regions, keys: keys, log: c.Log, access: app.Access{
		Store: st, Passwords: passwords, Regions: regions, Sign: signer(keys[0]), Decoy: decoy,
		ServiceSecret: c.ServiceSecret, BootstrapSecret: c.BootstrapSecret, AccessTTL: c.AccessTTL, RefreshTTL: c.RefreshTTL,
		Now: time.Now,
	}}, nil
}

func signer(key app.Key) func(app.Subject, time.Time, time.Duration) (string, error) {
	return func(s app.Subject, now time.Time, ttl time.Duration) (string, error) {
		return token.Sign(key.Private, key.ID, rpc.Identity{
			Subject: s.ID, Name: s.Name, Level: commonv1.Level(s.Level), Region: s.Region, Scopes: s.Scopes, Roles: server.RolesProto(s.Roles),
		}, now, ttl)
	}
}

// KeySource verifies tokens with the service's own keys.
func (s *Service) KeySource() token.KeySource {
	return func(context.Context) (token.Keys, error) {
		keys := make(token.Keys, len(s.keys))
		for _, k := range s.keys {
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
	authv1.RegisterAuthServiceServer(r, &server.Auth{Access: s.access, Keys: s.keys})
	authv1.RegisterUserServiceServer(r, &server.Users{Access: s.access, Colleagues: app.Colleagues{Store: s.store}})
	regionv1.RegisterRegionServiceServer(r, &server.Regions{UseCase: s.regions})
}

// Run keeps up with what other processes enter and removes what expired, until the
// context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		s.every(ctx, time.Hour, "expired refresh tokens stay for now", s.store.DropExpired)
		return nil
	})
	group.Go(func() error {
		s.every(ctx, regionsEvery, "region changes of other processes are not known yet", s.regions.Load)
		return nil
	})
	return group.Wait()
}

// A change of divisions that another process entered is known after this long.
const regionsEvery = 5 * time.Second

// every does something now and then. What fails is tried again next time.
func (s *Service) every(ctx context.Context, interval time.Duration, failed string, do func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Close closes the database.
func (s *Service) Close() { s.pool.Close() }
