package seal

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/pg"
)

// lookEvery is how often a running process looks for a new master key.
const lookEvery = 20 * time.Second

// Run looks into the key file now and then, until the context ends: a new master key is taken
// over while everything runs.
func (k *Keyring) Run(ctx context.Context, log *slog.Logger) error {
	return lifecycle.Every(ctx, lookEvery, log, "a new master key is not taken over for now", func(ctx context.Context) error {
		master, wrapped, err := k.Renew(ctx)
		if wrapped > 0 {
			log.InfoContext(ctx, "a new master key wraps the data keys, the older ones are needed no more", "master_key", master, "data_keys", wrapped)
		}
		return err
	})
}

// Renew takes over a newer master key of the key file, if there is one: it wraps all data
// keys, and a new data key seals from now on. It returns the id of the master key and how many
// data keys it has just wrapped; none when another process was faster.
func (k *Keyring) Renew(ctx context.Context) (master string, wrapped int, err error) {
	was := k.current()
	now, err := was.reread()
	if err != nil || now == was {
		return was.newest, 0, err
	}
	if wrapped, err = k.rewrap(ctx, now); err != nil {
		return now.newest, 0, err
	}
	return now.newest, wrapped, k.loadWith(ctx, now)
}

type wrappedKey struct {
	Number  int32
	Master  string
	Wrapped []byte
}

// rewrap has the newest master key wrap what older ones do, and makes a new data key if there
// was any.
func (k *Keyring) rewrap(ctx context.Context, master *Master) (wrapped int, err error) {
	fresh, err := master.newDataKey()
	if err != nil {
		return 0, err
	}
	err = pg.InTx(ctx, k.pool, func(tx pgx.Tx) error {
		wrapped = 0
		if _, err := tx.Exec(ctx, lockKeys); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT number, master_key, wrapped FROM data_keys WHERE master_key <> $1 ORDER BY number", master.newest)
		if err != nil {
			return err
		}
		older, err := pgx.CollectRows(rows, pgx.RowToStructByPos[wrappedKey])
		if err != nil || len(older) == 0 {
			return err
		}
		for _, o := range older {
			again, err := master.wrapAgain(o)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "UPDATE data_keys SET master_key = $2, wrapped = $3 WHERE number = $1", o.Number, master.newest, again); err != nil {
				return err
			}
		}
		wrapped = len(older)
		_, err = tx.Exec(ctx, addKey, string(master.algorithm), master.newest, fresh)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("wrapping data keys: %w", err)
	}
	return wrapped, nil
}

func (m *Master) wrapAgain(o wrappedKey) ([]byte, error) {
	older, ok := m.keys[o.Master]
	if !ok {
		return nil, fmt.Errorf("data key %d is wrapped by the master key %q: %w", o.Number, o.Master, errNoMaster)
	}
	key, err := older.Decrypt(o.Wrapped, wrapContext)
	if err != nil {
		return nil, fmt.Errorf("data key %d can't be unwrapped: this is not its key file: %w", o.Number, err)
	}
	return m.keys[m.newest].Encrypt(key, wrapContext)
}
