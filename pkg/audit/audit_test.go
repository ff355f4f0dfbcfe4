package audit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func database(t testing.TB) *pgxpool.Pool {
	t.Helper()
	dsn := testkit.Database(t, "audit", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, Migrations, MigrationsDir)
	})
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func inTx(ctx context.Context, t testing.TB, pool *pgxpool.Pool, records ...Record) {
	t.Helper()
	if err := pg.InTx(ctx, pool, func(tx pgx.Tx) error { return AppendAll(ctx, tx, records) }); err != nil {
		t.Fatal(err)
	}
}

// startSealer runs a sealer until the returned function is called or the test
// ends.
func startSealer(t testing.TB, pool *pgxpool.Pool, algorithm chain.Algorithm) (sealer *Sealer, stop func()) {
	t.Helper()
	sealer = NewSealer(pool, "ledger", algorithm, quiet)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sealer.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return sealer, stop
}

// untilSealed waits until nothing that is committed is unsealed.
func untilSealed(ctx context.Context, t testing.TB, pool *pgxpool.Pool, sealers ...*Sealer) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, s := range sealers {
			s.Wake()
		}
		var open int
		if err := pool.QueryRow(ctx, `SELECT count(*) FROM audit_unsealed`).Scan(&open); err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d records are not sealed", open)
		}
	}
}

// verified exports the trail as a file, verifies it and returns its records.
func verified(ctx context.Context, t testing.TB, pool *pgxpool.Pool) []*auditv1.Record {
	t.Helper()
	records, err := query(ctx, pool, "ledger", fmt.Sprintf(sealedRecords, ""))
	if err != nil {
		t.Fatal(err)
	}
	head, err := readHead(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := chain.WriteHeader(&file, chain.Header{Service: "ledger", HeadSequence: head.Sequence}); err != nil {
		t.Fatal(err)
	}
	if err := chain.WriteRecords(&file, records); err != nil {
		t.Fatal(err)
	}
	report, err := chain.Verify(&file, head)
	if err != nil || report.Problem != nil {
		t.Fatalf("%v, %v", report.Problem, err)
	}
	return records
}

func TestARecordSaysWhoFromWhereAndWhy(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	ctx = rpc.WithIdentity(ctx, rpc.Identity{Subject: "u1", Name: "西湖"})
	ctx = rpc.WithRequestID(rpc.WithClientAddress(ctx, "192.0.2.7"), "r1")
	at := time.Date(2019, 7, 31, 16, 0, 0, 0, time.UTC)
	inTx(ctx, t, pool,
		Record{
			Time: at, Action: "entry.assign", ResourceType: "entry", ResourceID: "e1", Region: "330106",
			Reason: "本人证件 33010620090101123x 误报\x00\xff", Details: map[string]string{"county": "330106"},
		},
		Record{ActorID: "u2", Address: "192.0.2.8", RequestID: "r2", Action: "import.finish", Outcome: Refused})
	records, err := query(ctx, pool, "ledger", anyRecords+`ORDER BY action`)
	if err != nil || len(records) != 2 {
		t.Fatalf("%v, %v", records, err)
	}
	assign, finish := records[0], records[1]
	got := fmt.Sprint(assign.GetActorId(), assign.GetActorName(), assign.GetAddress(), assign.GetRequestId(), assign.GetReason(), assign.GetDetails(),
		assign.GetOutcome(), assign.GetOccurTime().AsTime())
	want := "u1西湖192.0.2.7r1本人证件 330*************** 误报\uFFFDmap[county:330106] OUTCOME_DONE 2019-07-31 16:00:00 +0000 UTC"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = fmt.Sprint(finish.GetActorId(), finish.GetActorName(), finish.GetAddress(), finish.GetRequestId(), finish.GetOutcome())
	if got != "u2192.0.2.8r2"+"OUTCOME_REFUSED" {
		t.Errorf("got %s", got)
	}
}

func TestARecordIsAsLastingAsItsTransaction(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := Append(ctx, tx, Record{Action: "entry.assign"}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := AppendNow(ctx, pool, Record{Action: "login"}); err != nil {
		t.Fatal(err)
	}
	sealer, _ := startSealer(t, pool, chain.SHA256)
	untilSealed(ctx, t, pool, sealer)
	if records := verified(ctx, t, pool); len(records) != 1 || records[0].GetAction() != "login" {
		t.Errorf("got %v", records)
	}
}

func TestWhatAProgrammerGotWrongIsRefused(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	many := map[string]string{}
	for i := range mostDetails + 1 {
		many[fmt.Sprintf("k%d", i)] = ""
	}
	for name, r := range map[string]Record{
		"no action":       {},
		"another shape":   {Action: "Entry Assign"},
		"too many":        {Action: "a", Details: many},
		"a wrong key":     {Action: "a", Details: map[string]string{"Person Name": ""}},
		"a long value":    {Action: "a", Details: map[string]string{"k": strings.Repeat("x", longestValue+1)}},
		"a value cut off": {Action: "a", Details: map[string]string{"k": "\xff"}},
	} {
		if err := AppendNow(ctx, pool, r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	// What a user typed is made to fit instead.
	long := strings.Repeat("长", 4000)
	if err := AppendNow(ctx, pool, Record{Action: "login.refused", ActorName: long, ResourceID: long, Reason: long}); err != nil {
		t.Error(err)
	}
}

func TestTheDatabaseRefusesToForget(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	inTx(ctx, t, pool, Record{Action: "login"})
	sealer, stop := startSealer(t, pool, chain.SHA256)
	untilSealed(ctx, t, pool, sealer)
	stop()
	inTx(ctx, t, pool, Record{Action: "logout"})
	for _, statement := range []string{
		`DELETE FROM audit_records`,
		`DELETE FROM audit_records WHERE false`,
		`TRUNCATE audit_records`,
		`UPDATE audit_records SET reason = 'x' WHERE action = 'login'`,
		`UPDATE audit_records SET details = '{"k": "v"}' WHERE action = 'logout'`,
		`DELETE FROM audit_seals`,
		`TRUNCATE audit_seals`,
		`UPDATE audit_seals SET sequence = 9`,
		`UPDATE audit_seals SET digest = sha256('')`,
		`DELETE FROM audit_unsealed`,
		`TRUNCATE audit_unsealed`,
		`UPDATE audit_unsealed SET record_id = gen_random_uuid()`,
	} {
		_, err := pool.Exec(ctx, statement)
		if pg.Code(err) != "23001" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// However transactions overlap, every committed record is sealed, in a chain
// without a gap, and nothing of the others is there.
func TestConcurrentWritersAndTwoSealersMakeOneChain(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	one, stopOne := startSealer(t, pool, chain.SHA256)
	two, _ := startSealer(t, pool, chain.SHA256)
	const writers, each = 8, 60
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				tx, err := pool.Begin(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				action := "kept"
				if i%3 == 0 {
					action = "undone"
				}
				if err := Append(ctx, tx, Record{Action: action, ResourceID: fmt.Sprintf("%d-%d", w, i)}); err != nil {
					t.Error(err)
				}
				one.Wake()
				two.Wake()
				end := tx.Commit
				if action == "undone" {
					end = tx.Rollback
				}
				if err := end(ctx); err != nil {
					t.Error(err)
				}
				if w == 0 && i == each/2 {
					// One process stops; the other goes on.
					stopOne()
				}
			}
		})
	}
	group.Wait()
	untilSealed(ctx, t, pool, two)
	records := verified(ctx, t, pool)
	seen := map[string]bool{}
	for _, r := range records {
		if r.GetAction() != "kept" || seen[r.GetResourceId()] {
			t.Fatalf("%v", r)
		}
		seen[r.GetResourceId()] = true
	}
	if want := writers * each * 2 / 3; len(records) != want {
		t.Fatalf("%d records sealed, want %d", len(records), want)
	}
}

// The first transaction takes its id and time first and commits last: it gets a
// later place.
func TestALateCommitGetsALaterPlace(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	slow, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := Append(ctx, slow, Record{Action: "slow"}); err != nil {
		t.Fatal(err)
	}
	inTx(ctx, t, pool, Record{Action: "fast"})
	sealer, _ := startSealer(t, pool, chain.SM3)
	untilSealed(ctx, t, pool, sealer)
	if err := slow.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	untilSealed(ctx, t, pool, sealer)
	records := verified(ctx, t, pool)
	if len(records) != 2 || records[0].GetAction() != "fast" || records[1].GetAction() != "slow" {
		t.Errorf("got %v", records)
	}
}

func TestTheDigestMayChangeInTheMiddle(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	for _, algorithm := range []chain.Algorithm{chain.SM3, chain.SHA256, chain.SM3} {
		inTx(ctx, t, pool, Record{Action: "a"}, Record{Action: "b"})
		sealer, stop := startSealer(t, pool, algorithm)
		untilSealed(ctx, t, pool, sealer)
		stop()
	}
	var names []string
	for _, r := range verified(ctx, t, pool) {
		names = append(names, r.GetAlgorithm())
	}
	if got := strings.Join(names, " "); got != "SM3 SM3 SHA-256 SHA-256 SM3 SM3" {
		t.Errorf("got %s", got)
	}
}

func TestAnUnannouncedCommitIsSealedWithinSeconds(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t)
	startSealer(t, pool, chain.SHA256)
	inTx(ctx, t, pool, Record{Action: "unannounced"})
	start := time.Now()
	untilSealed(ctx, t, pool)
	if took := time.Since(start); took > 3*pollInterval {
		t.Errorf("sealed after %s", took)
	}
}

// BenchmarkSealing tells how many records a second one sealer puts in the chain.
func BenchmarkSealing(b *testing.B) {
	for _, algorithm := range []chain.Algorithm{chain.SHA256, chain.SM3} {
		b.Run(string(algorithm), func(b *testing.B) {
			ctx, pool := b.Context(), database(b)
			const each = 2000
			records := make([]Record, each)
			for i := range records {
				records[i] = Record{
					ActorID: "0190a5a4-3c00-7000-8000-000000000001", ActorName: "杭州市西湖区", Address: "192.0.2.1", Action: "finding.submit",
					ResourceType: "entry", ResourceID: fmt.Sprint(i), Region: "330106", Details: map[string]string{"code": "B1", "revision": "1"},
				}
			}
			sealer := NewSealer(pool, "ledger", algorithm, quiet)
			for b.Loop() {
				b.StopTimer()
				inTx(ctx, b, pool, records...)
				b.StartTimer()
				for n := sealBatch; n == sealBatch; {
					var err error
					if n, err = sealer.sealOnce(ctx); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
