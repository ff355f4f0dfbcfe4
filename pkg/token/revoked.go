package token

import (
	"context"
	"sync"
	"time"

	"baoxue.internal/pkg/fault"
)

// Revocations say, by subject, before which instant tokens no longer count.
type Revocations map[string]time.Time

// RevocationSource fetches the revocations that matter to tokens not yet expired.
type RevocationSource func(ctx context.Context) (Revocations, error)

const (
	// What is older is asked for again, by one caller while the others go on.
	refreshAfter = 15 * time.Second
	// What is older is not relied on any more: a token that was revoked must stop
	// within a minute, whatever is down.
	stalest = 60 * time.Second
)

// revoked keeps the revocations fresh.
type revoked struct {
	source RevocationSource
	now    func() time.Time

	// asking is held by whoever asks the source.
	asking sync.Mutex

	mu    sync.Mutex
	known Revocations
	asOf  time.Time
}

func (r *revoked) check(ctx context.Context, subject string, issued int64) error {
	known, age := r.current()
	switch {
	case age >= stalest:
		// Without a recent answer nobody can be let in: wait for one.
		r.asking.Lock()
		defer r.asking.Unlock()
		if known, age = r.current(); age >= stalest {
			if err := r.ask(ctx); err != nil {
				return fault.New(fault.Unavailable, "UNAVAILABLE", "暂时无法验证登录状态，请稍后重试").Because(err)
			}
			known, _ = r.current()
		}
	case age >= refreshAfter && r.asking.TryLock():
		defer r.asking.Unlock()
		// If it fails, the answer at hand is good for a while yet.
		if err := r.ask(ctx); err == nil {
			known, _ = r.current()
		}
	}
	if before, ok := known[subject]; ok && issued < before.UnixMicro() {
		return fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已失效，请重新登录")
	}
	return nil
}

func (r *revoked) current() (Revocations, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known, r.now().Sub(r.asOf)
}

func (r *revoked) ask(ctx context.Context) error {
	asked := r.now()
	known, err := r.source(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known, r.asOf = known, asked
	return nil
}
