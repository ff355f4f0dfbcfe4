package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

const (
	// How many are selected, the first entries of each kind, each from its own place in the index,
	// and the first of all of them.
	pageOfKinds = `WITH kinds AS (
			SELECT county_code, code, entire, selected FROM tallied_kinds($1, $2, $3, $4, $5, $6) WHERE selected > 0
		)
		SELECT e.*, (SELECT coalesce(sum(selected), 0) FROM kinds)::bigint FROM (
			SELECT first.id
			FROM kinds CROSS JOIN LATERAL (
				SELECT k.id FROM entries k
				WHERE k.county_code = kinds.county_code AND k.code = kinds.code AND ($6 = 0 OR k.source = $6) AND k.id > $7
				ORDER BY k.id LIMIT $8
			) first
			WHERE kinds.entire
			UNION ALL
			SELECT first.id
			FROM kinds CROSS JOIN LATERAL (
				SELECT k.id FROM entries k
				WHERE k.county_code = kinds.county_code AND k.code = kinds.code AND k.returned AND ($6 = 0 OR k.source = $6) AND k.id > $7
				ORDER BY k.id LIMIT $8
			) first
			WHERE NOT kinds.entire
			ORDER BY 1 LIMIT $8
		) page
		JOIN entries e ON e.id = page.id
		ORDER BY e.id`
	// What a county has to do: two kinds, each met in the order of ids, so that no row is looked for a
	// second time.
	pendingPage = `SELECT page.*, (SELECT coalesce(sum(selected), 0) FROM tallied_kinds($1, $1, $2, $3, '', $4::smallint))::bigint FROM (
			(SELECT * FROM entries WHERE county_code = $1 AND code = '' AND ($4::smallint = 0 OR source = $4) AND id > $5 ORDER BY id LIMIT $6)
			UNION ALL
			(SELECT * FROM entries WHERE county_code = $1 AND code <> '' AND returned AND $3 AND ($4::smallint = 0 OR source = $4) AND id > $5 ORDER BY id LIMIT $6)
		) page
		ORDER BY id LIMIT $6`
	// For selections of the whole province that have many of all entries: read on until the page is
	// full.
	pageInOrder = `SELECT * FROM entries
		WHERE id > $1 AND (status = ANY ($2) OR $3 AND returned) AND ($4 = '' OR code = $4) AND ($5 = 0 OR source = $5)
		ORDER BY id LIMIT $6`
)

// talliedPage takes the size of a selection without details from the tallies, and from them,
// too, which kinds have any to be found.
func (s *Store) talliedPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	if sel.Counties != domain.WholeProvince {
		return s.pageOfKinds(ctx, s.within(sel.Scope, pg.ByKey...), sel, after, most)
	}
	err = s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		t, err := db.New(tx).TallySelection(ctx, tallyParams(sel))
		if err != nil || t.Selected == 0 {
			return err
		}
		// Reading all in order meets one of the selection in whole/selected entries.
		if t.Whole >= t.Selected*t.Kinds {
			entries, total, err = s.pageOfKinds(ctx, tx, sel, after, most)
			return err
		}
		total = int(t.Selected)
		rows, err := tx.Query(ctx, pageInOrder, after.ID, statuses(sel.Kind), sel.OrReturned, sel.Code, int16(sel.Source), most)
		if err != nil {
			return err
		}
		entries, err = s.collectEntries(rows, most)
		return err
	})
	return entries, total, err
}

// pageOfKinds reads page and size in one query.
func (s *Store) pageOfKinds(ctx context.Context, tx db.DBTX, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	query, args := pageOfKinds, []any{
		sel.Counties.From, sel.Counties.To, statuses(sel.Kind), sel.OrReturned, sel.Code, int16(sel.Source), after.ID, most,
	}
	if sel.Counties.From == sel.Counties.To && sel.Code == "" && slices.Equal(sel.Statuses, []domain.Status{domain.Pending}) {
		query, args = pendingPage, []any{sel.Counties.From, statuses(sel.Kind), sel.OrReturned, int16(sel.Source), after.ID, most}
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	if entries, err = s.collectEntries(rows, most, &total); err != nil {
		return nil, 0, err
	}
	if len(entries) == 0 && after.ID != app.Beginning {
		// Nobody tells the size of a list beyond its end.
		t, err := db.New(tx).TallySelection(ctx, tallyParams(sel))
		return nil, int(t.Selected), err
	}
	return entries, total, nil
}

func tallyParams(sel app.Selection) db.TallySelectionParams {
	return db.TallySelectionParams{
		CountyFrom: sel.Counties.From, CountyTo: sel.Counties.To,
		Statuses: statuses(sel.Kind), OrReturned: sel.OrReturned, OnlyCode: sel.Code, OnlySource: int16(sel.Source),
	}
}

func statuses(k app.Kind) []int16 {
	numbers := make([]int16, len(k.Statuses))
	for i, status := range k.Statuses {
		numbers[i] = int16(status)
	}
	return numbers
}

// CountEntries counts within the counties.
func (s *Store) CountEntries(ctx context.Context, scope domain.Scope, counties domain.Region) (b app.Badges, err error) {
	rows, err := s.one(scope, pg.ByKey...).CountByStatus(ctx, db.CountByStatusParams{CountyFrom: counties.From, CountyTo: counties.To})
	if err != nil {
		return b, fmt.Errorf("counting entries: %w", err)
	}
	for _, r := range rows {
		n := int(r.Entries)
		b.Total += n
		if domain.Status(r.Status) == domain.Pending || r.Returned {
			b.Pending += n
		}
		if domain.Status(r.Status) != domain.Pending {
			b.Handled += n
		}
		if domain.Status(r.Status) == domain.Unconfirmed {
			b.Unconfirmed += n
		}
		if r.Returned {
			b.Returned += n
		}
	}
	return b, nil
}

// AddUpTallies makes one row of all additions and subtractions of a kind, unless another
// process is at it.
func (s *Store) AddUpTallies(ctx context.Context) error {
	err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) error {
		q := db.New(tx)
		alone, err := q.LockTallies(ctx)
		if err != nil || !alone {
			return err
		}
		_, err = q.AddUpTallies(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("adding up tallies: %w", err)
	}
	return nil
}
