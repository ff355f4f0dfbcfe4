package app

import (
	"context"
	"time"
)

// Revocations tells, by subject, before when tokens no longer count, as far as
// such tokens can still be around.
func (a Access) Revocations(ctx context.Context) (map[string]time.Time, error) {
	// The margin covers clocks that differ.
	return a.Store.Revocations(ctx, a.Now().Add(-max(a.AccessTTL, serviceTTL)-time.Minute))
}
