package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// talliedPage takes the size of a selection without details from the tallies, and from them,
// too, which kinds have any to be found.
func (s *Store) talliedPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []db.Entry, total int, err error) {
	if sel.Counties != domain.WholeProvince {
		return pageOfKinds(ctx, s.one(sel.Scope), sel, after, most)
	}
	err = s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		q := db.New(tx)
		t, err := q.TallySelection(ctx, tallyParams(sel))
		if err != nil || t.Selected == 0 {
			return err
		}
		// Reading all in order meets one of the selection in whole/selected entries.
		if t.Whole >= t.Selected*t.Kinds {
			entries, total, err = pageOfKinds(ctx, q, sel, after, most)
			return err
		}
		total = int(t.Selected)
		entries, err = q.PageInOrder(ctx, db.PageInOrderParams{
			After: after.ID, Most: int32(most),
			Statuses: statuses(sel.Kind), OrReturned: sel.OrReturned, OnlyCode: sel.Code, OnlySource: int16(sel.Source),
		})
		return err
	})
	return entries, total, err
}

// pageOfKinds reads page and size in one query.
func pageOfKinds(ctx context.Context, q *db.Queries, sel app.Selection, after app.Place, most int) (entries []db.Entry, total int, err error) {
	rows, err := q.PageOfKinds(ctx, db.PageOfKindsParams{
		CountyFrom: sel.Counties.From, CountyTo: sel.Counties.To, Statuses: statuses(sel.Kind), OrReturned: sel.OrReturned,
		OnlyCode: sel.Code, OnlySource: int16(sel.Source), After: after.ID, Most: int32(most),
	})
	if err != nil {
		return nil, 0, err
	}
	if len(rows) == 0 && after.ID != app.Beginning {
		// Nobody tells the size of a list beyond its end.
		t, err := q.TallySelection(ctx, tallyParams(sel))
		return nil, int(t.Selected), err
	}
	for _, r := range rows {
		entries, total = append(entries, r.Entry), int(r.Selected)
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
	rows, err := s.one(scope).CountByStatus(ctx, db.CountByStatusParams{CountyFrom: counties.From, CountyTo: counties.To})
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
