package ledger_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// scope is what a transaction may see, as the store sets it.
type scope struct{ from, to string }

func in(t *testing.T, pool *pgxpool.Pool, s scope, fn func(ctx context.Context, tx pgx.Tx) error) {
	t.Helper()
	ctx := testkit.Context(t)
	local := []pg.Setting{{Name: "baoxue.scope_from", Value: s.from}, {Name: "baoxue.scope_to", Value: s.to}}
	if s == (scope{}) {
		local = nil
	}
	if err := pg.InTxOptions(ctx, pool, pg.TxOptions{Local: local}, func(tx pgx.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

var province = scope{"", "999999"}

// seeded is a ledger with one entry for each county code, the empty one being the
// province's own queue.
func seeded(t *testing.T) (pool *pgxpool.Pool, ids map[string]string) {
	t.Helper()
	pool, err := pg.Open(testkit.Context(t), testkit.Database(t, "ledger", ledger.Migrate), pg.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	ids = map[string]string{}
	for _, county := range []string{"330102", "330106", "330302", ""} {
		ids[county] = uuid.NewString()
	}
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		imported := uuid.NewString()
		batch.Queue("INSERT INTO imports (id, filename, state, actor) VALUES ($1, 'x.xlsx', 'RUNNING', 'x')", imported)
		for county, id := range ids {
			batch.Queue(`INSERT INTO entries (id, identity_key, content_digest, serial_number, person_name, birth_date,
				household_place, in_school, provincial_school, provincial_student_number,
				provincial_student_status, region_code, source, county_code, routing_reason, import_id, created_at, updated_at)
				VALUES ($1, $2, '', '', '测试', '', '', '', '', '', '', '', 1, $3, '', $4, now(), now())`,
				id, []byte(id), county, imported)
			batch.Queue(`INSERT INTO entry_routings (entry_id, version, county_code, source, reason, actor, occurred_at)
				VALUES ($1, 1, $2, 1, '', '', now())`, id, county)
			batch.Queue(`INSERT INTO entry_outcomes (entry_id, revision, code, occurred_at) VALUES ($1, 1, '99', now())`, id)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	return pool, ids
}

func TestWithoutAnyConditionAScopeIsAllThatIsSeen(t *testing.T) {
	pool, ids := seeded(t)
	for name, c := range map[string]struct {
		scope scope
		want  []string
	}{
		"none set":                  {scope{}, nil},
		"the province":              {province, []string{"330102", "330106", "330302", ""}},
		"a city":                    {scope{"330100", "330199"}, []string{"330102", "330106"}},
		"a county":                  {scope{"330106", "330106"}, []string{"330106"}},
		"a county without children": {scope{"330108", "330108"}, nil},
		// Once more on the one connection that had every scope before.
		"none set, after others": {scope{}, nil},
	} {
		for _, table := range []string{"entries", "entry_routings", "entry_outcomes"} {
			id := "entry_id"
			if table == "entries" {
				id = "id"
			}
			in(t, pool, c.scope, func(ctx context.Context, tx pgx.Tx) error {
				rows, err := tx.Query(ctx, "SELECT "+id+"::text FROM "+table)
				if err != nil {
					return err
				}
				seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					return err
				}
				if len(seen) != len(c.want) {
					t.Errorf("%s: %d rows of %s, want %d", name, len(seen), table, len(c.want))
				}
				for _, county := range c.want {
					if !strings.Contains(strings.Join(seen, " "), ids[county]) {
						t.Errorf("%s: %s of %q is not seen", name, table, county)
					}
				}
				return nil
			})
		}
	}
}

// A distribution's file and who was in it are the province's alone, and every table that is
// guarded shows nothing to a transaction without a scope.
func TestWithoutAnyConditionDistributionsAreTheProvinces(t *testing.T) {
	pool, ids := seeded(t)
	in(t, pool, province, func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue("INSERT INTO import_files (import_id, piece, sealed) VALUES ($1, 0, 'x')", uuid.NewString())
		batch.Queue("INSERT INTO import_members (import_id, entry_id, field_digests) VALUES ($1, $2, 'x')", uuid.NewString(), ids["330106"])
		return tx.SendBatch(ctx, batch).Close()
	})
	count := func(s scope, table string) (n int) {
		in(t, pool, s, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n)
		})
		return n
	}
	for _, table := range []string{"import_files", "import_members"} {
		for _, s := range []scope{{"330106", "330106"}, {"330100", "330199"}} {
			if n := count(s, table); n != 0 {
				t.Errorf("%v sees %d rows of %s", s, n, table)
			}
		}
		if n := count(province, table); n != 1 {
			t.Errorf("the province sees %d rows of %s: this proves nothing", n, table)
		}
	}
	var guarded []string
	in(t, pool, scope{}, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind = 'r'")
		if err != nil {
			return err
		}
		guarded, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if len(guarded) < 6 {
		t.Errorf("only %q are guarded", guarded)
	}
	for _, table := range guarded {
		if n := count(scope{}, table); n != 0 {
			t.Errorf("without a scope %d rows of %s are seen", n, table)
		}
	}
}

func TestWithoutAnyConditionNothingOutsideIsChanged(t *testing.T) {
	pool, _ := seeded(t)
	for _, s := range []scope{{}, {"330108", "330108"}} {
		in(t, pool, s, func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, "UPDATE entries SET person_name = 'x'")
			if err == nil && tag.RowsAffected() != 0 {
				t.Errorf("in %v %d rows were changed", s, tag.RowsAffected())
			}
			return err
		})
	}
}

var (
	named     = regexp.MustCompile(`(?m)^-- name: (\w+) :\w+\n`)
	condition = regexp.MustCompile(`county_code BETWEEN sqlc\.arg\((scope|county)_from\) AND sqlc\.arg\((scope|county)_to\)`)
	argument  = regexp.MustCompile(`sqlc\.arg\((\w+)\)`)
)

// The service's own queries with their scope's condition removed, as a careless
// change would: another county's entry stays unseen.
func TestTheServicesQueriesWithoutTheirWhere(t *testing.T) {
	pool, ids := seeded(t)
	var text []byte
	for _, file := range []string{"entries", "tallies"} {
		part, err := os.ReadFile("internal/store/queries/" + file + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	places, tried := named.FindAllStringSubmatchIndex(string(text), -1), 0
	for i, place := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		name, query := string(text[place[2]:place[3]]), string(text[place[1]:end])
		if !condition.MatchString(query) {
			continue
		}
		tried++
		query = condition.ReplaceAllString(query, "true")
		arguments := pgx.NamedArgs{"id": ids["330302"], "statuses": []int16{1, 2, 3}, "only_code": "", "only_source": 0}
		query = strings.ReplaceAll(argument.ReplaceAllString(query, "@$1"), "$1", "@id")
		run := func(s scope) (rows int) {
			in(t, pool, s, func(ctx context.Context, tx pgx.Tx) error {
				found, err := tx.Query(ctx, query, arguments)
				if err != nil {
					return err
				}
				for found.Next() {
					values, err := found.Values()
					// A sum over nothing is a row too.
					if err == nil && values[0] != int64(0) {
						rows++
					}
				}
				return found.Err()
			})
			return rows
		}
		if rows := run(scope{"330108", "330108"}); rows != 0 {
			t.Errorf("%s shows %d rows of another county", name, rows)
		}
		if rows := run(scope{}); rows != 0 {
			t.Errorf("%s shows %d rows to a transaction without a scope", name, rows)
		}
		if rows := run(province); rows == 0 {
			t.Errorf("%s shows nothing to the province: it proves nothing", name)
		}
	}
	if tried < 3 {
		t.Fatalf("only %d queries have the condition", tried)
	}
}
