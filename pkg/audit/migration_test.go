package audit

import (
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// A trail that was begun when seals stood in the records goes on where it was.
func TestSealsOfBeforeMoveToTheirTable(t *testing.T) {
	ctx := testkit.Context(t)
	dsn := testkit.Database(t, "audit-before", nil)
	const first = MigrationsDir + "/0001_audit.sql"
	text, err := Migrations.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := pg.Migrate(ctx, dsn, fstest.MapFS{first: {Data: text}}, MigrationsDir); err != nil {
		t.Fatal(err)
	}
	pool, err := pg.Open(ctx, dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	inTx(ctx, t, pool, Record{Action: "login"}, Record{Action: "logout"}, Record{Action: "late"})
	var head chain.Head
	for _, action := range []string{"logout", "login"} {
		r := &auditv1.Record{Service: "ledger", Action: action, Outcome: auditv1.Record_OUTCOME_DONE, Sequence: head.Sequence + 1, Algorithm: string(chain.SM3)}
		var at time.Time
		if err := pool.QueryRow(ctx, `SELECT id::text, occurred_at FROM audit_records WHERE action = $1`, action).Scan(&r.Id, &at); err != nil {
			t.Fatal(err)
		}
		r.OccurTime = timestamppb.New(at)
		digest, err := chain.Digest(head.Digest, r)
		if err != nil {
			t.Fatal(err)
		}
		head = chain.Head{Sequence: r.GetSequence(), Digest: digest}
		if _, err := pool.Exec(ctx, `UPDATE audit_records SET sequence = $2, digest = $3, algorithm = $4 WHERE id = $1`,
			r.GetId(), r.GetSequence(), digest, r.GetAlgorithm()); err != nil {
			t.Fatal(err)
		}
	}
	if err := pg.Migrate(ctx, dsn, Migrations, MigrationsDir); err != nil {
		t.Fatal(err)
	}
	sealer, _ := startSealer(t, pool, chain.SHA256)
	untilSealed(ctx, t, pool, sealer)
	records := verified(ctx, t, pool)
	if len(records) != 3 || records[0].GetAction() != "logout" || records[1].GetAction() != "login" || records[2].GetAction() != "late" {
		t.Errorf("got %v", records)
	}
}
