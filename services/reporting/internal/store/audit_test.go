package store_test

import (
	"fmt"
	"testing"

	"baoxue.internal/pkg/rpc"
)

// Who closed a month, and which figures it got, is in the trail once: a close
// that finds the month closed does nothing.
func TestACloseIsInTheTrail(t *testing.T) {
	s, pool := open(t)
	c := closing(s, threeChildren(t, s))
	ctx := rpc.WithIdentity(t.Context(), rpc.Identity{Subject: "u1", Name: "省教育厅"})
	snapshot, err := c.Close(ctx, "2019-07", "省教育厅")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Close(ctx, "2019-07", "省教育厅"); err != nil {
		t.Fatal(err)
	}
	var got string
	const all = `SELECT string_agg(concat_ws(' ', action, actor_id, resource_id, details ->> 'number', details ->> 'digest'), E'\n') FROM audit_records`
	if err := pool.QueryRow(ctx, all).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("month.close u1 2019-07 %d %s", snapshot.Number, snapshot.Digest); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
