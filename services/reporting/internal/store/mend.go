package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/store/db"
)

// factTables are the tables of the facts, and what tells the facts of an entry apart.
var factTables = []struct{ name, version string }{
	{"entry_routings", "version"}, {"entry_outcomes", "revision"}, {"entry_works", "version"},
}

// Statements that see the facts and, in pg_temp, what was told; %[1]s is a table of factTables, %[2]s its version. They are
// not among the generated ones because nothing but the search path tells the two apart.
const (
	analyzeTold = `ANALYZE pg_temp.%[1]s`
	// factsFirst makes a table's bare name the facts', toldFirst makes it again that of what was told.
	factsFirst = `SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)`
	toldFirst  = `SET LOCAL search_path TO DEFAULT`

	removeDifferent = `DELETE FROM %[1]s f USING pg_temp.%[1]s t
		WHERE t.entry_id = f.entry_id AND t.%[2]s = f.%[2]s AND (t.*) IS DISTINCT FROM (f.*)`
	addMissing   = `INSERT INTO %[1]s SELECT * FROM pg_temp.%[1]s ON CONFLICT DO NOTHING`
	whatIsUntold = `FROM %[1]s f WHERE NOT EXISTS (SELECT FROM pg_temp.%[1]s t WHERE t.entry_id = f.entry_id AND t.%[2]s = f.%[2]s)`
	findUntold   = `SELECT ` + whatIsUntold
	removeUntold = `DELETE ` + whatIsUntold
)

// refreshed is how many entries are computed anew by one statement.
const refreshed = 2000

// errOnlyChecked takes back what a check has done.
var errOnlyChecked = errors.New("only checked")

// WithTold implements app.RebuildStore.
func (s *Store) WithTold(ctx context.Context, fn func(app.Told) error) error {
	return s.withScratch(ctx, func(place scratch) error { return fn(place) })
}

// Mend implements app.Told. A check does all that mending does and takes it back, so that it tells
// exactly what mending would.
func (s scratch) Mend(ctx context.Context, how app.Mending, catchUp func(app.FactStore) (uint64, error)) (mended app.Mended, err error) {
	err = pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if mended, err = mend(ctx, tx, how, catchUp); err != nil {
			return err
		}
		if how.CheckOnly {
			return errOnlyChecked
		}
		return audit.Append(ctx, tx, rebuilt(mended, how))
	})
	if err != nil && !errors.Is(err, errOnlyChecked) {
		return app.Mended{}, fmt.Errorf("mending facts: %w", err)
	}
	return mended, nil
}

func mend(ctx context.Context, tx pgx.Tx, how app.Mending, catchUp func(app.FactStore) (uint64, error)) (m app.Mended, err error) {
	if _, err := each(ctx, tx, analyzeTold); err != nil {
		return m, err
	}
	if err := db.New(tx).LockFacts(ctx); err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, factsFirst); err != nil {
		return m, err
	}
	if m.Different, err = each(ctx, tx, removeDifferent); err != nil {
		return m, err
	}
	added, err := each(ctx, tx, addMissing)
	if err != nil {
		return m, err
	}
	m.Missing = added - m.Different
	// What nobody has told so far may have been told since.
	if _, err := tx.Exec(ctx, toldFirst); err != nil {
		return m, err
	}
	if m.Sequence, err = catchUp(scratch{tx}); err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, factsFirst); err != nil {
		return m, err
	}
	statement := findUntold
	if how.RemoveUntold {
		statement = removeUntold
	}
	if m.Untold, err = each(ctx, tx, statement); err != nil {
		return m, err
	}
	m.Entries, err = refreshAll(ctx, db.New(tx))
	return m, err
}

// each runs a statement for each table of facts, and returns how many rows it met.
func each(ctx context.Context, tx pgx.Tx, statement string) (rows int64, err error) {
	for _, t := range factTables {
		tag, err := tx.Exec(ctx, fmt.Sprintf(statement, t.name, t.version))
		if err != nil {
			return rows, fmt.Errorf("%s: %w", t.name, err)
		}
		rows += tag.RowsAffected()
	}
	return rows, nil
}

// refreshAll computes anew where entries are, and returns how many it was different for.
func refreshAll(ctx context.Context, q *db.Queries) (entries int64, err error) {
	if err := q.NameEntries(ctx); err != nil {
		return 0, fmt.Errorf("naming entries: %w", err)
	}
	last, err := q.LastOrdinal(ctx)
	if err != nil {
		return 0, fmt.Errorf("naming entries: %w", err)
	}
	for after := int32(0); after < last; after += refreshed {
		some, err := q.RefreshNamed(ctx, db.RefreshNamedParams{After: after, Last: min(after+refreshed, last)})
		if err != nil {
			return 0, fmt.Errorf("computing entries anew: %w", err)
		}
		entries += some
	}
	if err := q.CapNewest(ctx); err != nil {
		return 0, fmt.Errorf("telling when the newest fact happened: %w", err)
	}
	return entries, nil
}
