package audit

import (
	"testing"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/testkit"
)

// Whoever watches sees that records wait for their seals, and that they got them.
func TestWhatWaitsForItsSealIsMeasured(t *testing.T) {
	pool, ctx := database(t), testkit.Context(t)
	inTx(ctx, t, pool, Record{Action: "a"}, Record{Action: "b"})
	measured := func(s *Sealer) (records, oldest float64) {
		all := testkit.Measured(t, s.Measurements())
		return all["baoxue_audit_unsealed_records"], all["baoxue_audit_oldest_seconds"]
	}
	if records, oldest := measured(NewSealer(pool, "ledger", chain.SHA256, quiet)); records != 2 || oldest <= 0 {
		t.Errorf("%v records, the oldest of %v s", records, oldest)
	}
	sealer, _ := startSealer(t, pool, chain.SHA256)
	untilSealed(ctx, t, pool, sealer)
	if records, oldest := measured(sealer); records != 0 || oldest != 0 {
		t.Errorf("%v records, the oldest of %v s, after all were sealed", records, oldest)
	}
}
