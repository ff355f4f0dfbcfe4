package testkit

import (
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/seal"
)

// master is of this test process alone, so that a database is opened again with the
// key that it was sealed with.
var master = sync.OnceValues(func() (*seal.Master, error) { return seal.NewMaster(seal.AES) })

// Master are keys that end with the process.
func Master(t testing.TB) *seal.Master {
	t.Helper()
	m, err := master()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Keyring seals in the database with keys that end with the process. The database must
// have the tables of package seal.
func Keyring(t testing.TB, pool *pgxpool.Pool) *seal.Keyring {
	t.Helper()
	k, err := seal.Open(Context(t), pool, Master(t))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
