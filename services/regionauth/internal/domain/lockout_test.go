package domain_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/services/regionauth/internal/domain"
)

var noon = time.Date(2019, 7, 31, 12, 0, 0, 0, time.UTC)

// world is what a database would keep for one account, and one address's view of
// it.
type world struct {
	account   domain.Counter
	pairs     map[int]domain.Counter
	addresses map[int]domain.Counter
	now       time.Time
}

func newWorld() *world {
	return &world{pairs: map[int]domain.Counter{}, addresses: map[int]domain.Counter{}, now: noon}
}

func (w *world) act(address int, act func(g *domain.Guard)) {
	g := domain.Guard{Account: w.account, Pair: w.pairs[address], Address: w.addresses[address], AddressKnown: true}
	act(&g)
	w.account, w.pairs[address], w.addresses[address] = g.Account, g.Pair, g.Address
}

// try makes one attempt from begin to end and returns how long it has to wait; 0
// means that it was let through.
func (w *world) try(address int, right bool) (wait time.Duration) {
	w.act(address, func(g *domain.Guard) {
		a, delay, busy := g.Begin(w.now)
		if busy {
			panic("nobody else is at it")
		}
		if wait = delay; wait > 0 {
			return
		}
		if right {
			g.Succeed(a, w.now)
		} else {
			g.Fail(a, w.now)
		}
	})
	return wait
}

func TestTheDelayDoubles(t *testing.T) {
	w := newWorld()
	for range 5 {
		if wait := w.try(1, false); wait != 0 {
			t.Fatalf("a free attempt waits %v", wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900} {
		wait := w.try(1, false)
		if wait != want*time.Second {
			t.Errorf("got %v, want %v s", wait, int(want))
		}
		// Trying meanwhile makes it no longer.
		w.now = w.now.Add(wait / 2)
		if again := w.try(1, false); again != wait-wait/2 {
			t.Errorf("after half of it: %v", again)
		}
		w.now = w.now.Add(wait - wait/2)
		if wait := w.try(1, false); wait != 0 {
			t.Errorf("after all of it: %v", wait)
		}
	}
	w.now = w.now.Add(14 * time.Hour)
	if wait := w.try(1, false); wait != 0 {
		t.Errorf("much later: %v", wait)
	}
	if wait := w.try(1, false); wait != 0 {
		t.Errorf("much later nothing is forgotten: %v", wait)
	}
}

// Whatever strangers do, who logged in from an address within 30 days is let try
// there, and who waits as long as told is let try anywhere.
func TestStrangersCanNotKeepAUserOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		const home, hotel = 0, 1
		w.try(home, true)
		var told time.Time
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				w.now = w.now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "pause")))
				// They are always there first.
				for range rapid.IntRange(0, 3).Draw(t, "strangers") {
					w.try(rapid.IntRange(2, 40).Draw(t, "stranger"), false)
				}
			case 1:
				if told.IsZero() {
					if wait := w.try(hotel, false); wait > 0 {
						if wait > 15*time.Minute {
							t.Fatalf("told to wait %v", wait)
						}
						told = w.now.Add(wait)
					}
				}
			default:
				w.try(rapid.IntRange(2, 40).Draw(t, "stranger"), false)
			}
			if wait := w.try(home, true); wait != 0 {
				t.Fatalf("kept out at home for %v", wait)
			}
			if !told.IsZero() && !w.now.Before(told) {
				if w.now.Sub(told) < 15*time.Minute {
					if wait := w.try(hotel, false); wait != 0 {
						t.Fatalf("told to wait until %v, and now %v more", told, wait)
					}
				}
				told = time.Time{}
			}
		}
	})
}

// However many attempts begin at once, no more are let through than one after
// another would be.
func TestManyAtOnceGuessNoMoreThanOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		let, began := 0, map[int]domain.Attempt{}
		for i := range rapid.IntRange(1, 60).Draw(t, "attempts") {
			w.act(i, func(g *domain.Guard) {
				if a, wait, busy := g.Begin(w.now); wait == 0 && !busy {
					let++
					began[i] = a
				}
			})
			w.now = w.now.Add(time.Millisecond)
		}
		if let > 5 {
			t.Fatalf("%d at once", let)
		}
		for i, a := range began {
			w.act(i, func(g *domain.Guard) { g.Fail(a, w.now) })
		}
		if wait := w.try(1000, false); let == 5 && wait == 0 {
			t.Fatal("five wrong ones are not counted")
		}
	})
}

// An attempt whose process died does not stand in the way for ever.
func TestALostAttemptIsForgotten(t *testing.T) {
	w := newWorld()
	for i := range 5 {
		w.act(i, func(g *domain.Guard) { g.Begin(w.now) })
	}
	w.act(9, func(g *domain.Guard) {
		if _, _, busy := g.Begin(w.now); !busy {
			t.Error("not busy")
		}
	})
	w.now = w.now.Add(31 * time.Second)
	if wait := w.try(9, false); wait != 0 {
		t.Errorf("waits %v", wait)
	}
}

// A guesser who logs in as somebody else in between clears nothing.
func TestALoginDoesNotClearTheAddress(t *testing.T) {
	var address domain.Counter
	for i := range 25 {
		g := domain.Guard{Address: address, AddressKnown: true}
		a, wait, _ := g.Begin(noon)
		if wait > 0 {
			// Twenty wrong ones and three logins.
			if i != 23 {
				t.Errorf("slowed down after %d", i)
			}
			return
		}
		if i%6 == 5 {
			g.Succeed(a, noon)
		} else {
			g.Fail(a, noon)
		}
		address = g.Address
	}
	t.Error("never slowed down")
}

func TestAFamiliarAddressHasItsOwnCounter(t *testing.T) {
	w := newWorld()
	w.try(1, true)
	for range 5 {
		w.try(1, false)
	}
	if wait := w.try(1, true); wait != time.Second {
		t.Errorf("after five wrong ones at home: %v", wait)
	}
	if wait := w.try(2, false); wait != 0 {
		t.Errorf("elsewhere: %v", wait)
	}
	w.now = w.now.Add(time.Second)
	if wait := w.try(1, true); wait != 0 {
		t.Errorf("a second later: %v", wait)
	}
	// A right one starts anew.
	for range 4 {
		if wait := w.try(1, false); wait != 0 {
			t.Errorf("after a login: %v", wait)
		}
	}
}

func TestAddressGroups(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.1": "203.0.113.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "::ffff:203.0.113.1": "::ffff:203.0.113.1", "": "", "fe80::1%eth0": "fe80::/64",
	} {
		if got := domain.AddressGroup(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}
