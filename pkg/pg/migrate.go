package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Migrate brings the database to the newest of the migrations in dir: files NNNN_name.sql with
// goose's "-- +goose Up" (each in a transaction of its own unless it says "NO TRANSACTION"). What
// is applied is remembered in the database's table schema_<dir>, so that several sets of migrations live
// side by side in one database. Several processes may do this
// at once: one works, the others wait for it and then find nothing to do. Of a database that is newer than
// the migrations the error is ErrNewer, of one whose text is not UTF-8 it is ErrEncoding.
func Migrate(ctx context.Context, dsn string, fsys fs.FS, dir string) (err error) {
	files, err := fs.Sub(fsys, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	// The same address serves the pool, whose parameters a single connection does not know.
	maps.DeleteFunc(config.RuntimeParams, func(name, _ string) bool { return strings.HasPrefix(name, "pool_") })
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := checkEncoding(ctx, db); err != nil {
		return err
	}
	store, err := database.NewStore(database.DialectPostgres, "schema_"+dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	// The dialect is the store's.
	provider, err := goose.NewProvider("", db, files,
		goose.WithStore(store),
		goose.WithSessionLocker(migrationLock{}),
		// Only the given files count, whatever a package registered with goose at start.
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	// A program that is older than its database would do what it has always done to tables that mean something else.
	there, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("version of the database: %w", err)
	}
	if there > known {
		return fmt.Errorf("%w: it has version %d of %q, this program knows %d", ErrNewer, there, dir, known)
	}
	return nil
}

// ErrEncoding says that the database does not know what a character is: it was made without a locale, say.
var ErrEncoding = errors.New("the database's encoding is not UTF8")

// checkEncoding refuses a database that would cut a child's name in the middle of a character.
func checkEncoding(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return fmt.Errorf("encoding of the database: %w", err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("%w but %s: make it anew with ENCODING 'UTF8' TEMPLATE template0", ErrEncoding, encoding)
	}
	return nil
}

// ErrNewer says that a newer program has migrated the database.
var ErrNewer = errors.New("the database is that of a newer version of this program")

const (
	// lockID is any number that nothing else in our databases locks.
	lockID = 0x62616f787565 // "baoxue"
	// lockInterval is short because the usual wait is that of services started together.
	lockInterval  = 100 * time.Millisecond
	unlockTimeout = 5 * time.Second
)

// migrationLock is a session-level advisory lock. It asks again and again instead of waiting in
// PostgreSQL: a session that waits there holds a snapshot, for which a CREATE INDEX CONCURRENTLY
// in the very migration would wait in turn. Goose's own lock does the same but counts in seconds.
type migrationLock struct{}

func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var got bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(lockID)).Scan(&got); err != nil {
			return fmt.Errorf("lock the migrations: %w", err)
		}
		if got {
			return nil
		}
		timer := time.NewTimer(lockInterval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("wait for another process's migrations: %w", ctx.Err())
		}
	}
}

func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, unlockTimeout)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(lockID)); err != nil {
		return fmt.Errorf("unlock the migrations: %w", err)
	}
	return nil
}

// Schema is one set of migrations, with a version of its own.
type Schema struct {
	Files fs.FS
	Dir   string
}

// MigrateAll migrates one set after the other: a service's own tables, then those of
// the mechanisms that it uses.
func MigrateAll(ctx context.Context, dsn string, schemas ...Schema) error {
	for _, s := range schemas {
		if err := Migrate(ctx, dsn, s.Files, s.Dir); err != nil {
			return err
		}
	}
	return nil
}
