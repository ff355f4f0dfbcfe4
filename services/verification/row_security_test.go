package verification_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// naming runs fn in a transaction that names entries, as the store does.
func naming(t *testing.T, pool *pgxpool.Pool, entries string, fn func(ctx context.Context, tx pgx.Tx) error) error {
	t.Helper()
	options := pg.TxOptions{}
	if entries != "" {
		options.Local = []pg.Setting{{Name: "baoxue.entries", Value: entries}}
	}
	ctx := testkit.Context(t)
	return pg.InTxOptions(ctx, pool, options, func(tx pgx.Tx) error { return fn(ctx, tx) })
}

func insert(entry string) func(context.Context, pgx.Tx) error {
	return func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue("INSERT INTO entry_heads (entry_id) VALUES ($1) ON CONFLICT DO NOTHING", entry)
		batch.Queue(`INSERT INTO findings (id, entry_id, revision, action, code, school_region, school, witness, witness_date, explanation_sealed,
			current_situation_sealed, family_situation_sealed, parent_contact_sealed, national_student_number_sealed, county_code,
			author_id, author, occurred_at, standard_from, code_name)
			VALUES (gen_random_uuid(), $1, 1, 3, '99', '', '', '测试', '2019-07-20', '', '', '', '', '', '330106', 'x', 'x', now(), '2019-07-01', '未确认完成')`, entry)
		return tx.SendBatch(ctx, batch).Close()
	}
}

// Every query on findings without any condition: what the transaction did not name
// is not there.
func TestWithoutAnyConditionOnlyNamedEntriesFindingsAreSeen(t *testing.T) {
	pool, err := pg.Open(testkit.Context(t), testkit.Database(t, "verification", verification.Migrate), pg.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	ours, theirs := uuid.NewString(), uuid.NewString()
	for _, entry := range []string{ours, theirs} {
		if err := naming(t, pool, entry, insert(entry)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, entries string
		want          []string
	}{
		{"none named", "", nil},
		{"one", ours, []string{ours}},
		{"both", ours + "," + theirs, []string{ours, theirs}},
		{"another", uuid.NewString(), nil},
		// Once more on the one connection that named others before.
		{"none named, after others", "", nil},
	} {
		if err := naming(t, pool, c.entries, func(ctx context.Context, tx pgx.Tx) error {
			rows, err := tx.Query(ctx, "SELECT entry_id::text FROM findings ORDER BY entry_id = $1 DESC", ours)
			if err != nil {
				return err
			}
			seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err == nil && (len(seen) != len(c.want) || len(seen) > 0 && seen[0] != c.want[0]) {
				t.Errorf("%s: saw %v, want %v", c.name, seen, c.want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := naming(t, pool, ours, insert(uuid.NewString())); err == nil {
		t.Error("a finding of an entry that was not named was stored")
	}
}
