package verification_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
)

// A finding is in the trail once, however often it is sent, and by its codes
// alone.
func TestAFindingIsInTheTrailOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := rpc.WithIdentity(t.Context(), rpc.Identity{Subject: "li", Name: "李老师"})
	save := saving(uuid.NewString(), "li", "r1", "A1", 0)
	save.Form.Explanation = "家在文三路"
	saved, err := s.Save(ctx, save)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, save); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, saving(save.Entry.ID, "li", "r2", "A2", 0)); !fault.Is(err, "REVISION_CONFLICT") {
		t.Fatalf("a second first finding: %v", err)
	}
	var got string
	const all = `SELECT string_agg(concat_ws(' ', action, actor_id, actor_name, resource_id, region_code, reason, details), E'\n') FROM audit_records`
	if err := pool.QueryRow(ctx, all).Scan(&got); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`finding.submit li 李老师 %s 330106  {"code": "A1", "finding": "%s", "previous": "", "revision": "1"}`, save.Entry.ID, saved.ID)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
