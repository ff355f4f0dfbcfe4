package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

// keyFor is a digest: people type passwords into the wrong field.
func keyFor(kind string, parts ...string) []byte {
	h := sha256.New()
	h.Write([]byte(kind))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

func accountKey(account string) []byte { return keyFor("account", account) }

// Throttle implements app.ThrottleStore.
func (s *Store) Throttle(ctx context.Context, account, address string, now time.Time, change func(*domain.Guard)) error {
	var g domain.Guard
	params := db.LockThrottlesParams{Now: now}
	var counters []*domain.Counter
	count := func(c *domain.Counter, key, account []byte) {
		counters, params.Keys, params.Accounts = append(counters, c), append(params.Keys, key), append(params.Accounts, account)
	}
	if account != "" {
		own := accountKey(account)
		count(&g.Account, own, own)
		count(&g.Pair, keyFor("pair", account, address), own)
	}
	if address != "" {
		count(&g.Address, keyFor("address", address), []byte{})
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := db.New(tx)
		rows, err := q.LockThrottles(ctx, params)
		if err != nil {
			return err
		}
		// A transaction that is tried again starts from nothing.
		g = domain.Guard{AddressKnown: address != ""}
		for i, key := range params.Keys {
			for _, row := range rows {
				if bytes.Equal(row.Key, key) {
					*counters[i] = counterOf(row)
				}
			}
		}
		change(&g)
		for i, key := range params.Keys {
			if err := q.SetThrottle(ctx, throttleParams(key, *counters[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("counting attempts: %w", err)
	}
	return nil
}

func counterOf(r db.Throttle) domain.Counter {
	return domain.Counter{
		Level: r.Level, LevelAt: timeOf(r.LevelAt), BlockedUntil: timeOf(r.BlockedUntil), InFlight: r.InFlight,
		SucceededAt: timeOf(r.SucceededAt), DueAt: timeOf(r.DueAt),
	}
}

func throttleParams(key []byte, c domain.Counter) db.SetThrottleParams {
	if c.InFlight == nil {
		c.InFlight = []time.Time{}
	}
	return db.SetThrottleParams{
		Key: key, Level: c.Level, LevelAt: nullOf(c.LevelAt), BlockedUntil: nullOf(c.BlockedUntil), InFlight: c.InFlight,
		SucceededAt: nullOf(c.SucceededAt), DueAt: nullOf(c.DueAt),
	}
}

// LockedUntil implements app.PeopleStore.
func (s *Store) LockedUntil(ctx context.Context, usernames []string) (map[string]time.Time, error) {
	names, keys := make(map[string]string, len(usernames)), make([][]byte, len(usernames))
	for i, name := range usernames {
		keys[i] = accountKey(name)
		names[string(keys[i])] = name
	}
	rows, err := db.New(s.pool).BlockedUntil(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("lock-outs: %w", err)
	}
	until := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		until[names[string(r.Key)]] = timeOf(r.BlockedUntil)
	}
	return until, nil
}
