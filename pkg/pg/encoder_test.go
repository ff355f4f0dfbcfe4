package pg_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

const insertEncoded = `INSERT INTO encoded (id, name, secret, flags, n)
	SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::bytea[]), $4::text[], $5::int`

func TestWhatOneTransactionEncodedAnotherRuns(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE encoded (id uuid PRIMARY KEY, name text, secret bytea, flags text[], n int)")
	ids := []string{"00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"}
	var twice [2]pg.Encoded
	err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		e := pg.NewEncoder(tx)
		for i := range twice {
			if _, err := e.Exec(ctx, insertEncoded, ids, []string{"王明", ""}, [][]byte{{0, 1}, nil}, []string(nil), nil); err != nil {
				return err
			}
			if _, err := e.Exec(ctx, "UPDATE encoded SET name = $2 WHERE id = $1", ids[1], "李华"); err != nil {
				return err
			}
			twice[i] = e.Take()
		}
		if rest := e.Take(); len(rest) != 0 {
			t.Errorf("%d statements were taken again", len(rest))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	run := func(e pg.Encoded) error {
		return pg.InTx(ctx, pool, func(tx pgx.Tx) error { return e.Run(ctx, tx) })
	}
	if err := run(twice[0]); err != nil {
		t.Fatal(err)
	}
	// The statements after the first that fails are not run, and the connection is good for more.
	if err := run(twice[1]); !pg.IsUniqueViolation(err, "encoded_pkey") {
		t.Errorf("the same again: %v", err)
	}
	var names []string
	var bare int
	const read = "SELECT array_agg(name ORDER BY id), count(*) FILTER (WHERE flags IS NULL AND n IS NULL AND (secret IS NULL) = (name = '李华')) FROM encoded"
	if err := pool.QueryRow(ctx, read).Scan(&names, &bare); err != nil || !slices.Equal(names, []string{"王明", "李华"}) || bare != 2 {
		t.Errorf("%q, %d, %v", names, bare, err)
	}
}

func TestArgumentsThatAStatementDoesNotTakeAreNotEncoded(t *testing.T) {
	ctx, pool := testkit.Context(t), database(t, "CREATE TABLE encoded (id uuid PRIMARY KEY)")
	err := pg.InTx(ctx, pool, func(tx pgx.Tx) error {
		e := pg.NewEncoder(tx)
		for _, args := range [][]any{{}, {[]string{"no uuid"}}, {[]string{}, 1}} {
			if _, err := e.Exec(ctx, "INSERT INTO encoded SELECT unnest($1::uuid[])", args...); err == nil {
				t.Errorf("%v was encoded", args)
			}
		}
		if ready := e.Take(); len(ready) != 0 {
			t.Errorf("%d statements are ready", len(ready))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
