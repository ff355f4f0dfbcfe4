package ledger_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Who sees a child in full has said why, and stands in the trail; who was refused has
// left nothing there that tells the child.
func TestWhatIsRevealedIsRecorded(t *testing.T) {
	pool, ids := seeded(t)
	reveal := app.Reveal{Store: storeOf(t, pool)}
	ctx := rpc.WithClientAddress(rpc.WithIdentity(t.Context(), rpc.Identity{Subject: "u1", Name: "王老师"}), "10.1.2.3")
	county := app.Caller{Scope: domain.CountyScope("330106")}
	for _, reason := range []string{"", "　 电\n", "\u200b\ufeff\u200b", "。。。"} {
		if _, err := reveal.Do(ctx, county, ids["330106"], reason); fault.As(err) == nil || fault.As(err).Violations[0].Field != "reason" {
			t.Errorf("with the reason %q: %v", reason, err)
		}
	}
	if _, err := reveal.Do(ctx, county, ids["330102"], "电话核实"); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("another county's: %v", err)
	}
	if e, err := reveal.Do(ctx, county, ids["330106"], "电话核实"); err != nil || e.ID != ids["330106"] {
		t.Fatalf("%+v, %v", e, err)
	}
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT actor_id, actor_name, address, resource_id, region_code, reason FROM audit_records WHERE action = 'entry.reveal'`)
		if err != nil {
			return err
		}
		type record struct{ Actor, Name, Address, Entry, Region, Reason string }
		records, err := pgx.CollectRows(rows, pgx.RowToStructByPos[record])
		want := record{"u1", "王老师", "10.1.2.3", ids["330106"], "330106", "电话核实"}
		if err == nil && (len(records) != 1 || records[0] != want) {
			t.Errorf("the trail says %+v", records)
		}
		return err
	})
}
