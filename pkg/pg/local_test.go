package pg_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
)

// setting reads what a row-level security policy would.
func setting(ctx context.Context, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
},
) (value *string, err error) {
	err = q.QueryRow(ctx, "SELECT current_setting('baoxue.scope', true)").Scan(&value)
	return value, err
}

func TestALocalSettingHoldsInItsTransactionOnly(t *testing.T) {
	ctx := testkit.Context(t)
	pool := database(t, "SELECT")
	conn, err := pool.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(
			rapid.SampledFrom([]string{"", "330106", "'", `\'`, `\`, "'; set local baoxue.scope = 'all", "$1", "西湖"}),
			rapid.StringMatching(`[ -~\n]{0,20}`)).Draw(t, "value")
		options := pg.TxOptions{
			Isolation: rapid.SampledFrom([]pgx.TxIsoLevel{"", pgx.RepeatableRead}).Draw(t, "isolation"),
			ReadOnly:  rapid.Bool().Draw(t, "read only"),
			Local:     []pg.Setting{{Name: "baoxue.scope", Value: value}},
		}
		err := pg.InTxOptions(ctx, conn, options, func(tx pgx.Tx) error {
			got, err := setting(ctx, tx)
			if err != nil || got == nil || *got != value {
				t.Fatalf("in the transaction it is %v, %v; want %q", got, err, value)
			}
			var isolation, readOnly string
			if err := tx.QueryRow(ctx, "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')").Scan(&isolation, &readOnly); err != nil {
				return err
			}
			if (isolation == "repeatable read") != (options.Isolation != "") || (readOnly == "on") != options.ReadOnly {
				t.Fatalf("the transaction is %s, read only %s", isolation, readOnly)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if after, err := setting(ctx, conn); err != nil || after != nil && *after != "" {
			t.Fatalf("after the transaction it is %v, %v", after, err)
		}
	})
}
