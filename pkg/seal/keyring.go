package seal

import (
	"context"
	"crypto/hmac"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/tink-crypto/tink-go/v2/tink"

	"baoxue.internal/pkg/pg"
)

// Migrations holds the table of data keys, in the folder MigrationsDir.
//
//go:embed seal/*.sql
var Migrations embed.FS

// MigrationsDir is the folder of Migrations.
const MigrationsDir = "seal"

const (
	sealedVersion = 1
	headBytes     = 5
)

// Keyring seals and unseals with the data keys of one database.
type Keyring struct {
	pool *pgxpool.Pool
	// index and algorithm are the master's; they never change.
	index     []byte
	algorithm Algorithm

	mu     sync.RWMutex
	master *Master
	keys   map[uint32]tink.AEAD
	newest uint32

	// digests are those of Index, keyed and not in use.
	digests sync.Pool
}

// Open reads the database's data keys; the first process ever makes one. What an older master
// key wraps is wrapped by the newest.
func Open(ctx context.Context, pool *pgxpool.Pool, master *Master) (*Keyring, error) {
	k := &Keyring{pool: pool, master: master, index: master.index, algorithm: master.algorithm}
	if err := k.add(ctx, master, true); err != nil {
		return nil, err
	}
	if _, err := k.rewrap(ctx, master); err != nil {
		return nil, err
	}
	return k, k.load(ctx)
}

// Rotate makes a new data key, which seals from now on in this process; the others
// learn of it when they meet it. What was sealed before is still read.
func (k *Keyring) Rotate(ctx context.Context) error {
	if err := k.add(ctx, k.current(), false); err != nil {
		return err
	}
	return k.load(ctx)
}

func (k *Keyring) current() *Master {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.master
}

// add makes a data key; the first only when there is none.
func (k *Keyring) add(ctx context.Context, master *Master, first bool) error {
	wrapped, err := master.newDataKey()
	if err != nil {
		return err
	}
	err = pg.InTx(ctx, k.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockKeys); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, addKey+" WHERE NOT $4 OR NOT EXISTS (SELECT FROM data_keys)",
			string(master.algorithm), master.newest, wrapped, first)
		return err
	})
	if err != nil {
		return fmt.Errorf("data key: %w", err)
	}
	return nil
}

const (
	lockKeys = "LOCK TABLE data_keys IN SHARE ROW EXCLUSIVE MODE"
	addKey   = "INSERT INTO data_keys (algorithm, master_key, wrapped) SELECT $1::text, $2::text, $3::bytea"
)

// newDataKey makes a data key and returns it wrapped.
func (m *Master) newDataKey() ([]byte, error) {
	key, err := m.algorithm.newKey()
	if err != nil {
		return nil, err
	}
	wrapped, err := m.keys[m.newest].Encrypt(key, wrapContext)
	if err != nil {
		return nil, fmt.Errorf("wrapping a data key: %w", err)
	}
	return wrapped, nil
}

// wrapContext binds what is wrapped to being a data key.
var wrapContext = []byte("baoxue data key")

// load reads the data keys. One that a newer master key wraps makes it look into the key file
// again: another process may have been faster.
func (k *Keyring) load(ctx context.Context) error {
	err := k.loadWith(ctx, k.current())
	if !errors.Is(err, errNoMaster) {
		return err
	}
	master, rereadErr := k.current().reread()
	if rereadErr != nil {
		return rereadErr
	}
	return k.loadWith(ctx, master)
}

var errNoMaster = errors.New("the key file does not have it")

func (k *Keyring) loadWith(ctx context.Context, from *Master) error {
	rows, err := k.pool.Query(ctx, "SELECT number, algorithm, master_key, wrapped FROM data_keys ORDER BY number")
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	keys, newest := map[uint32]tink.AEAD{}, uint32(0)
	var number int32
	var algorithm, masterKey string
	var wrapped []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &algorithm, &masterKey, &wrapped}, func() error {
		master, ok := from.keys[masterKey]
		if !ok {
			return fmt.Errorf("data key %d is wrapped by the master key %q: %w", number, masterKey, errNoMaster)
		}
		key, err := master.Decrypt(wrapped, wrapContext)
		if err != nil {
			return fmt.Errorf("data key %d can't be unwrapped: this is not its key file: %w", number, err)
		}
		newest = uint32(number)
		keys[newest], err = Algorithm(algorithm).aead(key)
		return err
	})
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.master, k.keys, k.newest = from, keys, newest
	return nil
}

// Seal encrypts a text for one place, which context names. An empty text stays empty:
// that a field has nothing in it is no secret.
func (k *Keyring) Seal(text, context string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	k.mu.RLock()
	number := k.newest
	key := k.keys[number]
	k.mu.RUnlock()
	sealed, err := key.Encrypt([]byte(text), []byte(context))
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	out := make([]byte, headBytes, headBytes+len(sealed))
	out[0] = sealedVersion
	binary.BigEndian.PutUint32(out[1:], number)
	return append(out, sealed...), nil
}

// Unseal decrypts what Seal made for the same place.
func (k *Keyring) Unseal(sealed []byte, context string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if len(sealed) < headBytes || sealed[0] != sealedVersion {
		return "", errTooShort
	}
	key, err := k.key(binary.BigEndian.Uint32(sealed[1:headBytes]))
	if err != nil {
		return "", err
	}
	text, err := key.Decrypt(sealed[headBytes:], []byte(context))
	if err != nil {
		return "", fmt.Errorf("unsealing: %w", err)
	}
	return string(text), nil
}

// loadWithin bounds the look for a key that another process made.
const loadWithin = 5 * time.Second

var errNoKey = errors.New("seal: the data key does not exist")

func (k *Keyring) key(number uint32) (tink.AEAD, error) {
	k.mu.RLock()
	key, ok := k.keys[number]
	k.mu.RUnlock()
	if ok {
		return key, nil
	}
	// Made by another process meanwhile.
	ctx, cancel := context.WithTimeout(context.Background(), loadWithin)
	defer cancel()
	if err := k.load(ctx); err != nil {
		return nil, err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	if key, ok = k.keys[number]; ok {
		return key, nil
	}
	return nil, errNoKey
}

// Index is a keyed digest of a text for one purpose, 32 bytes: equal for equal texts,
// and without the key not to be computed, though the texts be few.
func (k *Keyring) Index(purpose, text string) []byte {
	mac, ok := k.digests.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(k.algorithm.hash(), k.index)
	}
	defer k.digests.Put(mac)
	mac.Reset()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(purpose)))
	mac.Write(n[:])
	mac.Write([]byte(purpose))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
