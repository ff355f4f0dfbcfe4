package store_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/outbox"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func open(t *testing.T) (*store.Store, *pgxpool.Pool) {
	t.Helper()
	dsn := testkit.Database(t, "regionauth", func(ctx context.Context, dsn string) error {
		if err := pg.Migrate(ctx, dsn, store.Migrations, "migrations"); err != nil {
			return err
		}
		if err := pg.Migrate(ctx, dsn, audit.Migrations, audit.MigrationsDir); err != nil {
			return err
		}
		if err := pg.Migrate(ctx, dsn, seal.Migrations, seal.MigrationsDir); err != nil {
			return err
		}
		return pg.Migrate(ctx, dsn, outbox.Migrations, outbox.MigrationsDir)
	})
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return store.New(pool, testkit.Keyring(t, pool), func() {}, time.Now), pool
}

func create(t *testing.T, s *store.Store, name string) domain.User {
	t.Helper()
	u, err := s.CreateUser(testkit.Context(t), domain.NewUser{
		Username: name, DisplayName: name, Level: domain.LevelCounty, Region: "330106", Roles: domain.AllRoles(),
	}, "$", false)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func digest() [32]byte { return sha256.Sum256([]byte(rand.Text())) }

// start logs a user in and returns the first refresh token's digest.
func start(t *testing.T, s *store.Store, userID string) [32]byte {
	t.Helper()
	d := digest()
	startFamily(t, s, userID, d, time.Now().Add(time.Hour))
	return d
}

func startFamily(t *testing.T, s *store.Store, userID string, d [32]byte, expires time.Time) {
	t.Helper()
	u, _, err := s.UserByID(testkit.Context(t), userID)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.StartFamily(testkit.Context(t), u, false, d, time.Now(), expires); err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
}

func rotate(t *testing.T, s *store.Store, from [32]byte) (to [32]byte, ok bool) {
	t.Helper()
	to = digest()
	_, ok, err := s.Rotate(testkit.Context(t), from, to, time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return to, ok
}

func TestUsersAreFoundByNameAndIDAndListedInOrder(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	for _, name := range []string{"xihu", "cangnan", "yuhang"} {
		create(t, s, name)
	}
	u, ok, err := s.UserByName(ctx, "xihu")
	if err != nil || !ok || u.Region != "330106" || u.Level != domain.LevelCounty || u.CreatedAt.IsZero() || u.Disabled {
		t.Fatalf("%+v, %v, %v", u, ok, err)
	}
	if again, ok, err := s.UserByID(ctx, u.ID); err != nil || !ok || !cmp.Equal(again, u) {
		t.Errorf("%+v, %v, %v", again, ok, err)
	}
	if _, ok, err := s.UserByName(ctx, "nobody"); err != nil || ok {
		t.Errorf("nobody: %v, %v", ok, err)
	}
	page, err := s.ListUsers(ctx, app.UserFilter{After: "cangnan", Most: 1})
	if err != nil || len(page) != 1 || page[0].Username != "xihu" {
		t.Errorf("%v, %v", page, err)
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	s, _ := open(t)
	create(t, s, "xihu")
	_, err := s.CreateUser(testkit.Context(t), domain.NewUser{
		Username: "xihu", DisplayName: "x", Level: domain.LevelCounty, Region: "330106", Roles: domain.AllRoles(),
	}, "$", false)
	if f := fault.As(err); f == nil || f.Kind != fault.Exists || f.Reason != "USERNAME_TAKEN" {
		t.Errorf("got %v", err)
	}
}

// behind runs act while a rival's transaction is open, and commits the rival's
// when act waits for it, or is done without having waited.
func behind(t *testing.T, pool *pgxpool.Pool, rival string, act func() error) error {
	t.Helper()
	ctx := testkit.Context(t)
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, rival); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- act() }()
	for waiting := false; !waiting; {
		select {
		case err := <-done:
			t.Error("it did not wait for the rival")
			if err := tx.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
			return err
		default:
		}
		const blocked = `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE NOT l.granted AND a.datname = current_database())`
		if err := pool.QueryRow(ctx, blocked).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	return <-done
}

func TestOfTwoBootstrapsAtOnceTheSecondIsRefused(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	err := behind(t, pool, `INSERT INTO users (id, username, display_name, password_hash, level, region_code, roles)
		VALUES (gen_random_uuid(), 'rival', 'x', '$', 1, '330000', '{4}')`, func() error {
		_, err := s.CreateUser(ctx, domain.NewUser{
			Username: "second", DisplayName: "x", Level: domain.LevelProvince, Region: domain.Province, Roles: domain.AllRoles(),
		}, "$", true)
		return err
	})
	if !fault.Is(err, "BOOTSTRAP_REFUSED") {
		t.Errorf("got %v", err)
	}
	if any, err := s.AnyUser(ctx); err != nil || !any {
		t.Errorf("any user: %v, %v", any, err)
	}
}

func TestAReusedTokenRevokesItsFamilyAndNoOther(t *testing.T) {
	s, _ := open(t)
	u := create(t, s, "xihu")
	first, other := start(t, s, u.ID), start(t, s, u.ID)
	second, ok := rotate(t, s, first)
	if !ok {
		t.Fatal("a fresh token is refused")
	}
	if _, ok := rotate(t, s, first); ok {
		t.Error("a token works twice")
	}
	if _, ok := rotate(t, s, second); ok {
		t.Error("the family outlives the reuse")
	}
	if _, ok := rotate(t, s, other); !ok {
		t.Error("another login ended too")
	}
}

// However a reuse and a refresh of the same family meet, no token of it is valid
// afterwards: the refresh either came first and its token is revoked, or is refused.
func TestAReuseDuringARefreshLeavesNothingValid(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	for range 30 {
		first := start(t, s, u.ID)
		second, _ := rotate(t, s, first)
		var group errgroup.Group
		for _, from := range [][32]byte{first, second} {
			group.Go(func() error {
				_, _, err := s.Rotate(ctx, from, digest(), time.Now(), time.Now().Add(time.Hour))
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	var valid int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NULL").Scan(&valid); err != nil || valid != 0 {
		t.Errorf("%d tokens outlive the reuse, %v", valid, err)
	}
}

func TestOneTokenSentTwiceAtOnceWorksAtMostOnce(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	first := start(t, s, create(t, s, "xihu").ID)
	var mu sync.Mutex
	var worked int
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			_, ok, err := s.Rotate(ctx, first, digest(), time.Now(), time.Now().Add(time.Hour))
			mu.Lock()
			defer mu.Unlock()
			if ok {
				worked++
			}
			return err
		})
	}
	if err := group.Wait(); err != nil || worked != 1 {
		t.Errorf("worked %d times, %v", worked, err)
	}
}

func TestWhatNeverWorks(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	ended := start(t, s, u.ID)
	if err := s.EndFamily(ctx, ended); err != nil {
		t.Fatal(err)
	}
	if err := s.EndFamily(ctx, digest()); err != nil {
		t.Errorf("logging out with an unknown token: %v", err)
	}
	expired := digest()
	startFamily(t, s, u.ID, expired, time.Now().Add(-time.Second))
	disabled := start(t, s, create(t, s, "gone").ID)
	if _, err := pool.Exec(ctx, "UPDATE users SET disabled_at = now() WHERE username = 'gone'"); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string][32]byte{"logged out": ended, "expired": expired, "disabled user": disabled, "unknown": digest()} {
		if _, ok := rotate(t, s, d); ok {
			t.Errorf("%s: works", name)
		}
	}
}

func TestOnlyExpiredTokensAreDropped(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	kept := start(t, s, u.ID)
	startFamily(t, s, u.ID, digest(), time.Now().Add(-time.Hour))
	if err := s.DropExpired(ctx); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM refresh_tokens").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d left, %v", left, err)
	}
	if _, ok := rotate(t, s, kept); !ok {
		t.Error("a valid token was dropped")
	}
}

// 7314 is the lock that every process takes before it looks for a key.
func TestProcessesStartingAtOnceUseOneKey(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	const rival = `WITH l AS MATERIALIZED (SELECT pg_advisory_xact_lock(7314))
		INSERT INTO signing_keys (id, seed_sealed) SELECT 'rival', decode('%x', 'hex') FROM l`
	sealed, err := testkit.Keyring(t, pool).Seal(strings.Repeat("0", ed25519.SeedSize), store.SealedKey("rival"))
	if err != nil {
		t.Fatal(err)
	}
	err = behind(t, pool, fmt.Sprintf(rival, sealed), func() error {
		keys, err := s.Keys(ctx, time.Now())
		if err == nil && (len(keys) != 1 || keys[0].ID != "rival") {
			t.Errorf("keys %v", keys)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAKeyOutlivesTheProcess(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	first, err := s.Keys(ctx, time.Now())
	if err != nil || len(first) != 1 {
		t.Fatalf("%v, %v", first, err)
	}
	again, err := store.New(pool, testkit.Keyring(t, pool), func() {}, time.Now).Keys(ctx, time.Now())
	if err != nil || len(again) != 1 || again[0].ID != first[0].ID || !again[0].Private.Equal(first[0].Private) {
		t.Errorf("another key after a restart: %v", err)
	}
}
