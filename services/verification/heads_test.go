package verification_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
)

// gate lets nobody write to a table, or read it, until it is opened.
func gate(ctx context.Context, t *testing.T, pool *pgxpool.Pool, table, mode string) (open func()) {
	t.Helper()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE "+table+" IN "+mode+" MODE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(ctx); err != nil {
			t.Error(err)
		}
	}
}

// arrived waits until somebody stands at the table's gate.
func arrived(ctx context.Context, t *testing.T, pool *pgxpool.Pool, table string) {
	t.Helper()
	for waits := false; !waits; {
		const look = `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = $1::regclass AND NOT granted) FROM pg_sleep(0.005)`
		if err := pool.QueryRow(ctx, look, table).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
}

// A head that somebody makes after those that are there were held, and before they are read, is held too:
// what is recorded of the entry after that waits for the finding, and is not overwritten by it.
func TestAHeadIsHeldFromWhenItIsRead(t *testing.T) {
	s, own := openStore(t)
	ctx, entry := testkit.Context(t), uuid.NewString()
	// The store's connection knows its statements then, and keeps to itself: they are not stopped at the
	// gates while they are made.
	if _, err := s.Save(ctx, saving(uuid.NewString(), "li", "r0", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, own.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	beforeReading := gate(ctx, t, pool, "finding_requests", "ACCESS EXCLUSIVE")
	beforeWriting := gate(ctx, t, pool, "findings", "SHARE")
	saved := make(chan error, 1)
	go func() {
		_, err := s.Save(ctx, saving(entry, "li", "r1", "A1", 0))
		saved <- err
	}()
	arrived(ctx, t, pool, "finding_requests")
	if _, err := pool.Exec(ctx, "INSERT INTO entry_heads (entry_id) VALUES ($1)", entry); err != nil {
		t.Fatal(err)
	}
	beforeReading()
	arrived(ctx, t, pool, "findings")
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT FROM entry_heads WHERE entry_id = $1 FOR UPDATE NOWAIT", entry)
		return err
	})
	if pg.Code(err) != pg.CodeLockNotAvailable {
		t.Errorf("while the finding is written somebody else may change the head: %v", err)
	}
	beforeWriting()
	if err := <-saved; err != nil {
		t.Error(err)
	}
}

// Whoever holds an entry for long, a session that was forgotten say, holds up none but who saves that entry:
// they are told to come again, and when they do it is as if nothing had been.
func TestAnEntryThatIsHeldHoldsUpNoOther(t *testing.T) {
	s, pool := openStore(t)
	ctx, held := testkit.Context(t), uuid.NewString()
	if _, err := s.Save(ctx, saving(held, "li", "r0", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	holder, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(ctx, "SELECT FROM entry_heads WHERE entry_id = $1 FOR UPDATE", held); err != nil {
		t.Fatal(err)
	}
	saves := []app.Save{saving(held, "wang", "r1", "A2", 1)}
	for range 20 {
		saves = append(saves, saving(uuid.NewString(), "wang", uuid.NewString(), "A1", 0))
	}
	for i, saved := range s.saves.DoAll(ctx, saves) {
		if unavailable := fault.Is(saved.Err, "UNAVAILABLE"); i == 0 && !unavailable || i > 0 && saved.Err != nil {
			t.Errorf("save %d: %v", i, saved.Err)
		}
	}
	if err := holder.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if saved, err := s.Save(ctx, saves[0]); err != nil || saved.Revision != 2 {
		t.Errorf("after that: %+v, %v", saved, err)
	}
}
