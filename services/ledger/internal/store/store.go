// Package store keeps the ledger in PostgreSQL.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// Migrations are the ledger's own tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is the ledger's database.
type Store struct {
	pool *pgxpool.Pool
	// reads serves single queries alone.
	reads  *pgxpool.Pool
	looks  looks
	sealer seal.Sealer
	// describing is the key of described fields' digests.
	describing []byte
	// merges lets one import of this process at a time into the ledger.
	merges chan struct{}
	// streams are those who stream entries.
	streams chan struct{}
	// committed is called after a transaction that appended events.
	committed func()
}

// New returns a store; committed wakes the relay. Reads is a pool for single queries, whose sessions keep
// the scope that they read in last: no other statement may find it there.
func New(pool, reads *pgxpool.Pool, sealer seal.Sealer, committed func()) *Store {
	s := &Store{
		pool: pool, reads: reads, sealer: sealer, describing: sealer.Index(fieldIndex, ""),
		merges: make(chan struct{}, 1), streams: make(chan struct{}, mostStreams), committed: committed,
	}
	s.looks = s.newLooks()
	return s
}

func (s *Store) queries() *db.Queries { return db.New(s.pool) }

func flagsOf(texts []string) []domain.Flag {
	flags := make([]domain.Flag, len(texts))
	for i, t := range texts {
		flags[i] = domain.Flag(t)
	}
	return flags
}

func flagTexts(flags []domain.Flag) []string {
	texts := make([]string, len(flags))
	for i, f := range flags {
		texts[i] = string(f)
	}
	return texts
}

// GetEntry returns an entry within the scope.
func (s *Store) GetEntry(ctx context.Context, scope domain.Scope, id string) (domain.Entry, error) {
	e, err := s.one(scope, pg.ByKey...).GetEntry(ctx, db.GetEntryParams{ID: id, ScopeFrom: scope.From(), ScopeTo: scope.To()})
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Entry{}, domain.ErrNotFound
	}
	if err != nil {
		return domain.Entry{}, fmt.Errorf("entry %s: %w", id, err)
	}
	return s.entryOf(&e)
}

// ListChanges returns the routings and outcomes of an entry within the scope, in
// order of time.
func (s *Store) ListChanges(ctx context.Context, scope domain.Scope, id string) ([]domain.Change, error) {
	var routings []db.EntryRouting
	var outcomes []db.EntryOutcome
	err := s.read(ctx, scope, func(tx pgx.Tx) (err error) {
		q := db.New(tx)
		if routings, err = q.ListRoutings(ctx, id); err != nil {
			return err
		}
		outcomes, err = q.ListOutcomes(ctx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", id, err)
	}
	changes := make([]domain.Change, 0, len(routings)+len(outcomes))
	for len(routings) > 0 || len(outcomes) > 0 {
		if len(outcomes) == 0 || len(routings) > 0 && !routings[0].OccurredAt.After(outcomes[0].OccurredAt) {
			r := routings[0]
			changes = append(changes, domain.Change{Version: r.Version, CountyCode: r.CountyCode, Reason: r.Reason, Actor: r.Actor, At: r.OccurredAt})
			routings = routings[1:]
			continue
		}
		o := outcomes[0]
		changes = append(changes, domain.Change{Revision: o.Revision, Code: o.Code, At: o.OccurredAt})
		outcomes = outcomes[1:]
	}
	return changes, nil
}

// microseconds is what PostgreSQL keeps of a time.
func microseconds(t time.Time) time.Time { return t.Truncate(time.Microsecond) }
