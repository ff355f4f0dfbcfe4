package store_test

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/testkit"
)

// However often it is sent at once, a code works once.
func TestACodeWorksOnce(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	u := create(t, s, "xihu")
	sealed, recovery := []byte("sealed"), [][32]byte{digest(), digest()}
	if ok, err := s.SetTotpSecret(ctx, u.ID, sealed); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := s.ConfirmTotp(ctx, u.ID, []byte("another"), 1, recovery); err != nil || ok {
		t.Errorf("a code of a secret that was replaced: %v, %v", ok, err)
	}
	if ok, err := s.ConfirmTotp(ctx, u.ID, sealed, 1, recovery); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := s.SetTotpSecret(ctx, u.ID, []byte("another")); err != nil || ok {
		t.Errorf("a second factor that is on is replaced: %v, %v", ok, err)
	}
	for what, use := range map[string]func() (bool, error){
		"step":     func() (bool, error) { return s.UseTotpStep(ctx, u.ID, 2) },
		"recovery": func() (bool, error) { return s.UseRecoveryCode(ctx, u.ID, recovery[0]) },
	} {
		var worked atomic.Int32
		var group errgroup.Group
		for range 8 {
			group.Go(func() error {
				ok, err := use()
				if ok {
					worked.Add(1)
				}
				return err
			})
		}
		if err := group.Wait(); err != nil || worked.Load() != 1 {
			t.Errorf("%s: worked %d times, %v", what, worked.Load(), err)
		}
	}
	if err := s.TurnOffTotp(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.UseRecoveryCode(ctx, u.ID, recovery[1]); err != nil || ok {
		t.Errorf("a recovery code outlives the second factor: %v, %v", ok, err)
	}
}
