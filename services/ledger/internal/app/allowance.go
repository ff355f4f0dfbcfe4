package app

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Allowances let each account ask so much in a minute, in this process, and that much at
// once at most.
type Allowances struct {
	perMinute int
	mu        sync.Mutex
	accounts  map[string]*rate.Limiter
}

// NewAllowances returns allowances of so many numbers, or lists of changes, in a minute.
func NewAllowances(perMinute int) *Allowances {
	return &Allowances{perMinute: perMinute, accounts: map[string]*rate.Limiter{}}
}

// Take implements Allowance.
func (a *Allowances) Take(account string, much int) (wait time.Duration, ok bool) {
	a.mu.Lock()
	limiter, known := a.accounts[account]
	if !known {
		// There are as many as there are accounts.
		limiter = rate.NewLimiter(rate.Limit(a.perMinute)/60, a.perMinute)
		a.accounts[account] = limiter
	}
	a.mu.Unlock()
	r := limiter.ReserveN(time.Now(), much)
	if !r.OK() {
		return time.Minute, false
	}
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
		return wait, false
	}
	return 0, true
}
