package pg_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/testkit"
)

func TestUUIDsAreStrings(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE ids (at int, id uuid, other uuid)")
	a, b, c := uuid.NewString(), uuid.NewString(), uuid.NewString()
	rows := [][]any{{1, a, &b}, {2, c, (*string)(nil)}}
	if _, err := pool.CopyFrom(ctx, pgx.Identifier{"ids"}, []string{"at", "id", "other"}, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(ctx, "INSERT INTO ids (at, id) SELECT 3, unnest($1::uuid[])", []string{b}); err != nil {
		t.Fatal(err)
	}
	var one string
	if err := pool.QueryRow(ctx, "SELECT id FROM ids WHERE id = $1", a).Scan(&one); err != nil || one != a {
		t.Errorf("%s, want %s: %v", one, a, err)
	}
	var all []string
	var others []*string
	if err := pool.QueryRow(ctx, "SELECT array_agg(id ORDER BY at), array_agg(other ORDER BY at) FROM ids").Scan(&all, &others); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all, []string{a, c, b}) || *others[0] != b || others[1] != nil || others[2] != nil {
		t.Errorf("%v, %v", all, others)
	}
}

func TestWhatIsNoUUIDIsRefused(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "CREATE TABLE ids (id uuid)")
	if _, err := pool.CopyFrom(ctx, pgx.Identifier{"ids"}, []string{"id"}, pgx.CopyFromRows([][]any{{"no uuid"}})); err == nil {
		t.Error("copied")
	}
	if _, err := pool.Exec(ctx, "INSERT INTO ids SELECT unnest($1::uuid[])", []string{uuid.NewString(), ""}); err == nil {
		t.Error("inserted")
	}
}
