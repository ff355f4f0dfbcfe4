package verification_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
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
		batch.Queue(`INSERT INTO findings (id, entry_id, revision, action, code, school_region, school, witness_sealed, witness_date, explanation_sealed,
			current_situation_sealed, family_situation_sealed, parent_contact_sealed, national_student_number_sealed, county_code,
			author_id, author, occurred_at, standard_from, code_name)
			VALUES (gen_random_uuid(), $1, 1, 3, '99', '', '', '\x01', '2019-07-20', '', '', '', '', '', '330106', 'x', 'x', now(), '2019-07-01', '未确认完成')`, entry)
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

// A table of children's rows that somebody adds without row security would be read past
// every scope.
func TestEveryTableOfEntriesHasRowSecurity(t *testing.T) {
	_, pool := openStore(t)
	rows, err := pool.Query(testkit.Context(t), `SELECT c.relname::text, c.relrowsecurity AND c.relforcerowsecurity
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'entry_id'
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'entry_heads'`)
	if err != nil {
		t.Fatal(err)
	}
	var table string
	var secured bool
	tables := 0
	if _, err := pgx.ForEachRow(rows, []any{&table, &secured}, func() error {
		if tables++; !secured {
			t.Errorf("%s has none", table)
		}
		return nil
	}); err != nil || tables < 10 {
		t.Fatalf("%d tables, %v", tables, err)
	}
}

// The rule is the same for each of them: what the transaction names, or has in its scope.
func TestEveryTableOfEntriesShowsNamedOnesAndTheScope(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	county := map[string]string{}
	for _, code := range []string{"330106", "330302"} {
		entry := backInClass(ctx, t, s, code)
		county[entry.ID] = code
		for _, err := range []error{
			second(s.SetTags(ctx, entry, clerk, nil)), s.ReportStatus(ctx, entry, clerk, domain.StatusReport{}),
			second(s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{InClass: true}, domain.Today(time.Now()))),
			second(s.CompleteDuty(ctx, entry, clerk, "G1")),
			second(s.AddEvidence(ctx, app.NewEvidence{Entry: entry, Evidence: domain.Evidence{
				EvidenceOf: domain.EvidenceOf{Revision: 1}, ID: uuid.NewString(), ContentType: "image/png", Size: 1,
			}})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.RecordVisit(ctx, visiting(entry.ID, "", "")); err != nil {
			t.Fatal(err)
		}
		persuaded, steps := proceedings(ctx, t, s, code)
		county[persuaded.ID] = code
		if _, _, err := s.WithdrawLegalStep(ctx, persuaded, clerk, steps[0].ID, "误登记"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.DrawSample(ctx, drawing(domain.EveryCounty, 1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		settings []pg.Setting
		want     string
	}{
		{"nothing", nil, ""},
		{"a county", []pg.Setting{{Name: "baoxue.scope_from", Value: "330106"}, {Name: "baoxue.scope_to", Value: "330106"}}, "330106"},
		{"a city", []pg.Setting{{Name: "baoxue.scope_from", Value: "330300"}, {Name: "baoxue.scope_to", Value: "330399"}}, "330302"},
		{"the province's own queue", []pg.Setting{{Name: "baoxue.scope_from"}, {Name: "baoxue.scope_to", Value: "000000"}}, ""},
		{"the province", []pg.Setting{{Name: "baoxue.scope_from"}, {Name: "baoxue.scope_to", Value: "999999"}}, "330106 330302"},
		{"an empty scope", []pg.Setting{{Name: "baoxue.scope_from"}, {Name: "baoxue.scope_to"}}, ""},
	} {
		for _, table := range []string{"visits", "duty_completions", "follow_ups", "entry_tags", "status_reports", "finding_marks", "reviews", "evidence", "legal_steps", "legal_step_withdrawals"} {
			seen := map[string]bool{}
			if err := pg.InTxOptions(ctx, pool, pg.TxOptions{Local: c.settings}, func(tx pgx.Tx) error {
				rows, err := tx.Query(ctx, "SELECT entry_id::text FROM "+table)
				if err != nil {
					return err
				}
				ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
				for _, id := range ids {
					seen[county[id]] = true
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(seen)), " "); got != c.want {
				t.Errorf("%s shows %s %q, want %q", table, c.name, got, c.want)
			}
		}
	}
}
