package pg_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

func TestTheSettingsOfOneQueryHoldForItAlone(t *testing.T) {
	ctx, pool := testkit.Context(t), open(t, testkit.Database(t, "empty", nil), pg.Options{MaxConns: 1})
	const asked = "SELECT coalesce(current_setting('baoxue.one', true), '') || coalesce(current_setting('baoxue.two', true), '')"
	read := func(q pg.OneQuery) string {
		t.Helper()
		rows, err := q.Query(ctx, asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	// Each on the one connection; twice, because the first time its statements are made.
	for range 2 {
		if got := read(pg.OneQuery{Pool: pool, Settings: []pg.Setting{{Name: "baoxue.one", Value: "a'b"}, {Name: "baoxue.two", Value: "c"}}}); got != "a'bc" {
			t.Errorf("within: %q", got)
		}
		if got := read(pg.OneQuery{Pool: pool}); got != "" {
			t.Errorf("afterwards: %q", got)
		}
	}
	var n int
	if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, "SELECT 7").Scan(&n); err != nil || n != 7 {
		t.Errorf("one row: %d, %v", n, err)
	}
	if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, "SELECT 7 WHERE false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
	for _, bad := range []string{"SELECT 1/0", "SELECT no"} {
		if err := (pg.OneQuery{Pool: pool}).QueryRow(ctx, bad).Scan(&n); err == nil || errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("%s as one row: %v", bad, err)
		}
		rows, err := pg.OneQuery{Pool: pool}.Query(ctx, bad)
		if err == nil {
			_, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		}
		if err == nil {
			t.Errorf("%s has no error", bad)
		}
	}
	// The connection came back each time.
	if got := read(pg.OneQuery{Pool: pool}); got != "" {
		t.Errorf("afterwards: %q", got)
	}
}

// Whatever the sessions had before, a query has its own settings and no others, also when one before it failed.
func TestKeptSettingsAreTheQuerysOwn(t *testing.T) {
	ctx, pool := testkit.Context(t), open(t, testkit.Database(t, "empty", nil), pg.Options{MaxConns: 2})
	possible := []pg.Setting{
		{Name: "baoxue.one", Value: "a'b"},
		{Name: "baoxue.one", Value: "c"},
		{Name: "baoxue.two", Value: "d"},
		{Name: "plan_cache_mode", Value: "force_generic_plan"},
		{Name: "enable_seqscan", Value: "off"},
	}
	usual := map[string]string{"baoxue.one": "", "baoxue.two": "", "plan_cache_mode": "auto", "enable_seqscan": "on", "TimeZone": "UTC", "jit": "off"}
	rapid.Check(t, func(t *rapid.T) {
		for range 12 {
			want := map[string]string{}
			for name, value := range usual {
				want[name] = value
			}
			q := pg.OneQuery{Pool: pool}
			for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(possible), 0, 3, func(s pg.Setting) string { return s.Name }).Draw(t, "settings") {
				q.Settings, want[s.Name] = append(q.Settings, s), s.Value
			}
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				var n int
				if err := q.QueryRow(ctx, "SELECT 1/(length(current_setting('jit')) - 3)").Scan(&n); err == nil {
					t.Fatal("nothing failed")
				}
				continue
			}
			for name, value := range want {
				var got string
				if err := q.QueryRow(ctx, "SELECT coalesce(current_setting($1, true), '')", name).Scan(&got); err != nil || got != value {
					t.Fatalf("%s is %q, want %q with %v: %v", name, got, value, q.Settings, err)
				}
			}
		}
	})
}
