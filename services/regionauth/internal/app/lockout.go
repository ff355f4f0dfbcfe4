package app

import (
	"context"
	"fmt"
	"math"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/regionauth/internal/domain"
)

// ThrottleStore keeps the counters of wrong attempts.
type ThrottleStore interface {
	// Throttle changes the counters of an account at an address, alone; change may
	// run several times. Either may be empty, and then has no counter.
	Throttle(ctx context.Context, account, address string, now time.Time, change func(*domain.Guard)) error
}

// Lockout slows guessing down; the rules are domain.Guard's.
type Lockout struct {
	Store ThrottleStore
	Now   func() time.Time
}

const (
	// How often and how long an attempt waits for others of unknown outcome.
	busyInterval = 50 * time.Millisecond
	busyFor      = 3 * time.Second
	// What has to be counted is counted, also when the caller has gone.
	settleWithin = 5 * time.Second
)

// attempt is one that was let through; it must be settled once.
type attempt struct {
	lockout          Lockout
	account, address string
	admitted         domain.Attempt
	settled          bool
}

// enter lets an attempt through or refuses it with LOCKED_OUT. account is a user
// name, whether somebody has it or not.
func (l Lockout) enter(ctx context.Context, account, address string) (*attempt, error) {
	address = domain.AddressGroup(address)
	for waited := time.Duration(0); ; waited += busyInterval {
		var admitted domain.Attempt
		var wait time.Duration
		var busy bool
		now := l.now()
		err := l.Store.Throttle(ctx, account, address, now, func(g *domain.Guard) { admitted, wait, busy = g.Begin(now) })
		switch {
		case err != nil:
			return nil, err
		case wait > 0:
			return nil, lockedOut(wait)
		case !busy:
			return &attempt{lockout: l, account: account, address: address, admitted: admitted}, nil
		case waited >= busyFor:
			return nil, lockedOut(time.Second)
		}
		timer := time.NewTimer(busyInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

// now has the precision of the database.
func (l Lockout) now() time.Time { return l.Now().Truncate(time.Microsecond) }

func (a *attempt) settle(ctx context.Context, change func(g *domain.Guard, now time.Time)) error {
	if a.settled {
		return nil
	}
	a.settled = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	now := a.lockout.now()
	return a.lockout.Store.Throttle(ctx, a.account, a.address, now, func(g *domain.Guard) { change(g, now) })
}

// failed counts the attempt and returns the refusal.
func (a *attempt) failed(ctx context.Context, refusal error) error {
	if err := a.settle(ctx, func(g *domain.Guard, now time.Time) { g.Fail(a.admitted, now) }); err != nil {
		return err
	}
	return refusal
}

func (a *attempt) succeeded(ctx context.Context) error {
	return a.settle(ctx, func(g *domain.Guard, now time.Time) { g.Succeed(a.admitted, now) })
}

// leave ends an attempt without an outcome, unless it has one. What can't be
// stored ends by itself after a while.
func (a *attempt) leave(ctx context.Context) {
	_ = a.settle(ctx, func(g *domain.Guard, _ time.Time) { g.Leave(a.admitted) })
}

func lockedOut(wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	text := fmt.Sprintf("%d 秒", seconds)
	if seconds >= 60 {
		text = fmt.Sprintf("%d 分钟", (seconds+59)/60)
	}
	return fault.Newf(fault.Exhausted, "LOCKED_OUT", "尝试次数过多，请在 %s后重试；忘记密码请联系管理员重置", text).
		With("retry_after_seconds", fmt.Sprint(seconds))
}
