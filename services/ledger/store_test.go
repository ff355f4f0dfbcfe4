package ledger_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/store"
)

// storeOf is a store on a test's database, as the service makes it.
func storeOf(t *testing.T, pool *pgxpool.Pool, sealer ...seal.Sealer) *store.Store {
	t.Helper()
	reads, err := pgxpool.NewWithConfig(testkit.Context(t), pool.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reads.Close)
	if len(sealer) == 0 {
		sealer = append(sealer, testkit.Keyring(t, pool))
	}
	return store.New(pool, reads, sealer[0], func() {})
}
