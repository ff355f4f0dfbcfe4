package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// recorded are the records of the audit trail in the order of writing.
func recorded(ctx context.Context, t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(ctx, `SELECT concat_ws(' ', action, actor_id, address, region_code, reason, details) FROM audit_records ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestWhatIsDoneToEntriesIsInTheTrail(t *testing.T) {
	pool, ids := seeded(t)
	ctx := rpc.WithClientAddress(rpc.WithIdentity(t.Context(), rpc.Identity{Subject: "u1", Name: "省教育厅"}), "192.0.2.1")
	s := storeOf(t, pool)
	before := len(recorded(ctx, t, pool))
	if _, err := s.MoveEntry(ctx, domain.ProvinceScope(), ids["330106"], "330302", "随父母迁居", "省教育厅"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MoveEntry(ctx, domain.ProvinceScope(), ids["330106"], "330302", "再来一次", "省教育厅"); !fault.Is(err, "ENTRY_ALREADY_THERE") {
		t.Fatalf("moved to where it is: %v", err)
	}
	i, err := s.CreateImport(ctx, "台账.xlsx", "省教育厅")
	if err != nil {
		t.Fatal(err)
	}
	// A second end of the same import is none.
	for range 2 {
		if err := s.FailImport(ctx, i.ID, "HEADER_NOT_FOUND", "没有找到表头"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Reroute(ctx, "330302", app.Resolution{County: "330303", Reason: "SUCCEEDED"}); err != nil {
		t.Fatal(err)
	}
	sel := app.Selection{
		Scope: domain.ProvinceScope(), Counties: domain.Region{From: "330100", To: "330199"},
		Kind: app.Kind{Statuses: []domain.Status{domain.Pending}}, Detail: app.Detail{Name: "王明"},
	}
	if err := s.StreamEntries(ctx, sel, "", func([]domain.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`entry.assign u1 192.0.2.1 330302 随父母迁居 {"to": "330302", "from": "330106"}`,
		`import.start u1 192.0.2.1   {}`,
		`import.finish u1 192.0.2.1  HEADER_NOT_FOUND {}`,
		fmt.Sprintf(`entry.reroute service:ledger 192.0.2.1 330302 REGION_SUCCEEDED {"to": "330303", "from": "330302", "entries": "%d"}`, moved(ids)),
		`entries.export u1 192.0.2.1 330100  {"by_name": "true", "statuses": "1"}`,
	}
	got := recorded(ctx, t, pool)[before:]
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// moved is how many entries stand in 330302: its own, if any, and the one moved
// there.
func moved(ids map[string]string) int {
	if _, own := ids["330302"]; own {
		return 2
	}
	return 1
}
