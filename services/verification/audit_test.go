package verification_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
)

// A finding is in the trail once, however often it is sent, and by its codes
// alone.
func TestAFindingIsInTheTrailOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	save := saving(uuid.NewString(), "li", "r1", "A1", 0)
	save.Author.Name, save.Author.Address, save.Author.CallID = "李老师", "10.1.2.3", "call"
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
	const all = `SELECT string_agg(concat_ws(' ', action, actor_id, actor_name, address, request_id, resource_id, region_code, reason, details), E'\n') FROM audit_records`
	if err := pool.QueryRow(ctx, all).Scan(&got); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`finding.submit li 李老师 10.1.2.3 call %s 330106  {"code": "A1", "finding": "%s", "previous": "", "revision": "1"}`, save.Entry.ID, saved.ID)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
