package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store"
)

func administrators(t *testing.T, s *store.Store, names ...string) []domain.User {
	t.Helper()
	users := make([]domain.User, len(names))
	for i, name := range names {
		var err error
		users[i], err = s.CreateUser(testkit.Context(t), domain.NewUser{
			Username: name, DisplayName: name, Level: domain.LevelProvince, Region: domain.Province, Roles: domain.AllRoles(),
		}, "$", false)
		if err != nil {
			t.Fatal(err)
		}
	}
	return users
}

// However many take the role from each other at once, one is left.
func TestTheLastAdministratorStays(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	users := administrators(t, s, "one", "two", "three", "four")
	var mu sync.Mutex
	var refused int
	var group errgroup.Group
	for i, u := range users {
		group.Go(func() error {
			last := func(others int) error {
				if others == 0 {
					return domain.ErrLastAdmin
				}
				return nil
			}
			var err error
			if i%2 == 0 {
				_, err = s.DisableUser(ctx, app.Disabling{ID: u.ID, Reason: "x"}, func(_ domain.User, _ *domain.User, others int) error { return last(others) })
			} else {
				_, err = s.UpdateUser(ctx, u.ID, func(u domain.User, others int) (domain.User, error) {
					u.Roles = []domain.Role{domain.Clerk}
					return u, last(others)
				})
			}
			if fault.Is(err, "LAST_ADMINISTRATOR") {
				mu.Lock()
				defer mu.Unlock()
				refused++
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil || refused != 1 {
		t.Errorf("refused %d, %v", refused, err)
	}
	var left int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM users WHERE disabled_at IS NULL AND 4 = ANY(roles)").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d administrators left, %v", left, err)
	}
}

// Who is disabled while logging in gets no login, whichever comes first.
func TestALoginDoesNotOutrunADisabling(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	err := behind(t, pool, "UPDATE users SET disabled_at = now() WHERE username = 'xihu'", func() error {
		_, ok, err := s.StartFamily(ctx, u, false, digest(), time.Now(), time.Now().Add(time.Hour))
		if ok {
			t.Error("logged in")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// The same for a password that is changed meanwhile.
	other := create(t, s, "yuhang")
	err = behind(t, pool, "UPDATE users SET password_hash = 'x' WHERE username = 'yuhang'", func() error {
		_, ok, err := s.StartFamily(ctx, other, false, digest(), time.Now(), time.Now().Add(time.Hour))
		if ok {
			t.Error("logged in with the old password")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADisablingAndItsEventAreOne(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	u, next := create(t, s, "xihu"), create(t, s, "next")
	token := start(t, s, u.ID)
	events := func() (n int) {
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM outbox").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	no := fault.New(fault.Precondition, "OWN_ACCOUNT", "")
	if _, err := s.DisableUser(ctx, app.Disabling{ID: u.ID}, func(domain.User, *domain.User, int) error { return no }); !fault.Is(err, "OWN_ACCOUNT") || events() != 0 {
		t.Errorf("refused: %v, %d events", err, events())
	}
	var successor *domain.User
	disabled, err := s.DisableUser(ctx, app.Disabling{ID: u.ID, Reason: "x", Successor: "next"}, func(_ domain.User, to *domain.User, _ int) error {
		successor = to
		return nil
	})
	if err != nil || !disabled.Disabled || disabled.DisabledAt.IsZero() || events() != 1 || successor.ID != next.ID {
		t.Errorf("%+v, %v, %d events", disabled, err, events())
	}
	if _, ok := rotate(t, s, token); ok {
		t.Error("the login goes on")
	}
	revoked, err := s.Revocations(ctx, time.Now().Add(-time.Minute))
	if err != nil || revoked[u.ID].IsZero() {
		t.Errorf("%v, %v", revoked, err)
	}
}

func TestFivePasswordsAreRemembered(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	for _, hash := range []string{"1", "2", "3", "4", "5", "6"} {
		changed, _, ok, err := s.ChangePassword(ctx, u, hash, digest(), time.Now().Add(time.Hour))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		// Who read the user before the change changes nothing more.
		if _, _, ok, err := s.ChangePassword(ctx, u, "x", digest(), time.Now().Add(time.Hour)); err != nil || ok {
			t.Fatal(ok, err)
		}
		u = changed
	}
	if got, err := s.LastPasswords(ctx, u.ID); err != nil || !slices.Equal(got, []string{"6", "5", "4", "3", "2"}) {
		t.Errorf("%v, %v", got, err)
	}
}

// Two processes count as one: of many guesses at once no more are let through than
// are free.
func TestCountersAreOneForAllProcesses(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	stores := []*store.Store{s, store.New(pool, testkit.Keyring(t, pool), func() {}, time.Now)}
	now := time.Now().Truncate(time.Microsecond)
	var mu sync.Mutex
	var attempts []domain.Attempt
	var group errgroup.Group
	for i := range 40 {
		group.Go(func() error {
			var a domain.Attempt
			var wait time.Duration
			var busy bool
			err := stores[i%2].Throttle(ctx, "xihu", "203.0.113.1", now, func(g *domain.Guard) { a, wait, busy = g.Begin(now) })
			mu.Lock()
			defer mu.Unlock()
			if err == nil && wait == 0 && !busy {
				attempts = append(attempts, a)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil || len(attempts) != 5 {
		t.Fatalf("%d let through, %v", len(attempts), err)
	}
	for i, a := range attempts {
		group.Go(func() error {
			return stores[i%2].Throttle(ctx, "xihu", "203.0.113.1", now, func(g *domain.Guard) { g.Fail(a, now) })
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	err := s.Throttle(ctx, "xihu", "203.0.113.1", now, func(g *domain.Guard) {
		if g.Account.Level != 5 || g.Address.Level != 5 || len(g.Account.InFlight) != 0 || !g.Account.BlockedUntil.Equal(now.Add(time.Second)) {
			t.Errorf("%+v", g)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestForgottenCountersAreDropped(t *testing.T) {
	_, pool := open(t)
	ctx := testkit.Context(t)
	at := time.Now()
	s := store.New(pool, testkit.Keyring(t, pool), func() {}, func() time.Time { return at })
	for account, right := range map[string]bool{"wrong": false, "right": true} {
		now := at.Truncate(time.Microsecond)
		if err := s.Throttle(ctx, account, "", now, func(g *domain.Guard) {
			a, _, _ := g.Begin(now)
			if right {
				g.Succeed(a, now)
			} else {
				g.Fail(a, now)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		if err := s.DropExpired(ctx); err != nil {
			t.Fatal(err)
		}
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM throttles").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := left(); n != 4 {
		t.Errorf("at once: %d", n)
	}
	at = at.Add(25 * time.Hour)
	if n := left(); n != 1 {
		t.Errorf("a day later: %d, want the familiar place", n)
	}
	at = at.Add(30 * 24 * time.Hour)
	if n := left(); n != 0 {
		t.Errorf("a month later: %d", n)
	}
}

func TestOfTwoRotationsOfAnOldKeyOneMakesANewOne(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	first, err := s.Keys(ctx, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now()
	var group errgroup.Group
	for range 5 {
		group.Go(func() error {
			_, err := s.RotateKey(ctx, old)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Keys(ctx, old)
	if err != nil || len(keys) != 2 || keys[1].ID != first[0].ID {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	// The old one verifies no more when it was replaced too long ago.
	if keys, err = s.Keys(ctx, time.Now().Add(time.Hour)); err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
