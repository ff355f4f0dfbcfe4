package domain

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// Limit says how many wrong attempts are free and how fast they are forgotten.
//
// After the n-th wrong attempt the next is refused for
//
//	delay(n) = 0                        n < Free
//	delay(n) = 1 s · 2^(n−Free), ≤ 15 min   n ≥ Free
//
// and one wrong attempt is forgotten every Forget. An attempt that is refused is
// not counted: who waits as long as told is let try.
type Limit struct {
	Free   int
	Forget time.Duration
}

// Limits of the counters.
var (
	// An account that is attacked at the longest delay stands about 96 guesses a
	// day, from all strangers together that did not wait each for themselves.
	accountLimit = Limit{Free: 5, Forget: time.Hour}
	// A whole bureau may share an address.
	addressLimit = Limit{Free: 20, Forget: 5 * time.Minute}
)

const (
	firstDelay   = time.Second
	longestDelay = 15 * time.Minute
	// An attempt's outcome is known before; if its process died, this is when it
	// stops counting.
	longestAttempt = 30 * time.Second
	// FamiliarFor is how long after a login an address is no stranger's.
	FamiliarFor = 30 * 24 * time.Hour
	// How long a due attempt stays due.
	dueFor = longestDelay
)

// delay after so many wrong attempts.
func (l Limit) delay(level float64) time.Duration {
	n := int(math.Round(level)) - l.Free
	if n < 0 {
		return 0
	}
	// Beyond 2^10 s the delay is the longest anyway.
	return min(firstDelay<<min(n, 10), longestDelay)
}

// most is where counting ends: with the longest delay reached, going on would
// only make forgetting take longer.
func (l Limit) most() float64 { return float64(l.Free + 11) }

// Counter counts the wrong attempts under one key.
type Counter struct {
	// Level is how many count as of LevelAt.
	Level   float64
	LevelAt time.Time
	// BlockedUntil is when the next may be made.
	BlockedUntil time.Time
	// InFlight is when attempts began whose outcome is not known yet.
	InFlight []time.Time
	// SucceededAt was the last login; kept for an account at an address.
	SucceededAt time.Time
	// DueAt is from when on one attempt is due; kept for an account at an address.
	DueAt time.Time
}

func (c *Counter) levelAt(l Limit, now time.Time) float64 {
	if c.Level == 0 {
		return 0
	}
	return max(0, c.Level-max(0, now.Sub(c.LevelAt).Seconds())/l.Forget.Seconds())
}

func (c *Counter) blocked(now time.Time) bool { return now.Before(c.BlockedUntil) }

// crowded reports whether the attempts whose outcome is open could, if all are
// wrong, use up what is free. Without this, many at once would all pass before
// the first is counted.
func (c *Counter) crowded(l Limit, now time.Time) bool {
	c.InFlight = slices.DeleteFunc(c.InFlight, func(began time.Time) bool { return now.Sub(began) > longestAttempt })
	room := max(1, l.Free-int(math.Round(c.levelAt(l, now))))
	return len(c.InFlight) >= room
}

func (c *Counter) enter(now time.Time) { c.InFlight = append(c.InFlight, now) }

func (c *Counter) leave(began time.Time) {
	if i := slices.IndexFunc(c.InFlight, began.Equal); i >= 0 {
		c.InFlight = slices.Delete(c.InFlight, i, i+1)
	}
}

func (c *Counter) fail(l Limit, now time.Time) {
	c.Level, c.LevelAt = min(c.levelAt(l, now)+1, l.most()), now
	if d := l.delay(c.Level); d > 0 {
		c.BlockedUntil = now.Add(d)
	}
}

// Guard decides whether an attempt to log in may be made. It counts wrong
// attempts three ways:
//
//   - an account at an address from which it logged in within 30 days has a
//     counter of its own and no other concerns it. So nobody elsewhere can keep a
//     user out of the usual place;
//   - all other addresses share the account's counter: changing the address does
//     not help to guess;
//   - each address has a counter for all accounts that are strange to it: changing
//     the account does not help either.
//
// Who is refused because of what other strangers did to the account is told a
// time, and then has one attempt due whatever they do meanwhile. So nobody can
// keep a user out of an unusual place for longer than the longest delay.
//
// A name that nobody has is treated alike.
type Guard struct {
	// Pair is the account at the address.
	Pair, Account, Address Counter
	// AddressKnown is false when it is not known where the attempt comes from.
	AddressKnown bool
}

// Attempt is one that was let through.
type Attempt struct {
	Began    time.Time
	Familiar bool
}

// Begin lets an attempt through, or says how long to wait. busy means that this
// depends on attempts whose outcome is open.
func (g *Guard) Begin(now time.Time) (a Attempt, wait time.Duration, busy bool) {
	a = Attempt{Began: now, Familiar: !g.Pair.SucceededAt.IsZero() && now.Sub(g.Pair.SucceededAt) < FamiliarFor}
	if a.Familiar {
		if g.Pair.blocked(now) {
			return a, g.Pair.BlockedUntil.Sub(now), false
		}
		if g.Pair.crowded(accountLimit, now) {
			return a, 0, true
		}
		g.Pair.enter(now)
		return a, 0, false
	}
	if g.AddressKnown && g.Address.blocked(now) {
		return a, g.Address.BlockedUntil.Sub(now), false
	}
	due := !g.Pair.DueAt.IsZero() && !now.Before(g.Pair.DueAt) && now.Sub(g.Pair.DueAt) < dueFor
	if g.Account.blocked(now) && !due {
		if g.Pair.DueAt.IsZero() || !now.Before(g.Pair.DueAt) {
			g.Pair.DueAt = g.Account.BlockedUntil
		}
		return a, g.Pair.DueAt.Sub(now), false
	}
	if g.AddressKnown && g.Address.crowded(addressLimit, now) || !due && g.Account.crowded(accountLimit, now) {
		return a, 0, true
	}
	g.Pair.DueAt = time.Time{}
	g.Address.enter(now)
	g.Account.enter(now)
	return a, 0, false
}

// Fail counts a wrong attempt.
func (g *Guard) Fail(a Attempt, now time.Time) {
	g.Leave(a)
	if a.Familiar {
		g.Pair.fail(accountLimit, now)
		return
	}
	g.Account.fail(accountLimit, now)
	g.Address.fail(addressLimit, now)
}

// Succeed makes the address familiar. It clears nothing that strangers did:
// neither may a guesser clear an address by logging in as somebody else in
// between, nor learn that a user has logged in.
func (g *Guard) Succeed(a Attempt, now time.Time) {
	g.Leave(a)
	g.Pair = Counter{InFlight: g.Pair.InFlight, SucceededAt: now}
}

// Leave ends an attempt that was neither wrong nor right.
func (g *Guard) Leave(a Attempt) {
	g.Pair.leave(a.Began)
	g.Account.leave(a.Began)
	g.Address.leave(a.Began)
}

// AddressGroup is what counts as one address: an IPv6 user has a whole /64.
func AddressGroup(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is6() || a.Is4In6() {
		return address
	}
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
}
