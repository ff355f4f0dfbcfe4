package token

import (
	"context"
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
type revoked struct{ known *kept[Revocations] }

func newRevoked(source RevocationSource, now func() time.Time) revoked {
	return revoked{&kept[Revocations]{
		source: source, now: now,
		old:  func(_ Revocations, age time.Duration) bool { return age >= refreshAfter },
		dead: func(_ Revocations, age time.Duration) bool { return age >= stalest },
	}}
}

func (r revoked) check(ctx context.Context, subject string, issued int64) error {
	known, err := r.known.get(ctx)
	if err != nil {
		// Without a recent answer nobody can be let in.
		return fault.New(fault.Unavailable, "UNAVAILABLE", "暂时无法验证登录状态，请稍后重试").Because(err)
	}
	if before, ok := known[subject]; ok && issued < before.UnixMicro() {
		return fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已失效，请重新登录")
	}
	return nil
}
