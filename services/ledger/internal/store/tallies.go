package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// talliedPage knows from the tallies how many entries of which kinds the selection has,
// and so how to find the first of them soonest.
func talliedPage(ctx context.Context, tx pgx.Tx, sel app.Selection, after app.Place, most int) (entries []db.Entry, total int, err error) {
	q := db.New(tx)
	t, err := q.TallySelection(ctx, tallyParams(sel))
	if err != nil || t.Selected == 0 {
		return nil, 0, err
	}
	// Reading all in order meets one of the selection in whole/selected entries.
	if sel.Counties == domain.WholeProvince && t.Whole < t.Selected*int64(len(t.Codes)) {
		entries, err = q.PageInOrder(ctx, db.PageInOrderParams{
			After: after.ID, Most: int32(most),
			Statuses: statuses(sel.Kind), OrReturned: sel.OrReturned, OnlyCode: sel.Code, OnlySource: int16(sel.Source),
		})
	} else {
		entries, err = q.PageOfKinds(ctx, db.PageOfKindsParams{
			Counties: t.Counties, Codes: t.Codes, Entire: t.Entire, OnlySource: int16(sel.Source), After: after.ID, Most: int32(most),
		})
	}
	return entries, int(t.Selected), err
}

func tallyParams(sel app.Selection) db.TallySelectionParams {
	return db.TallySelectionParams{
		CountyFrom: sel.Counties.From, CountyTo: sel.Counties.To,
		Statuses: statuses(sel.Kind), OrReturned: sel.OrReturned, OnlyCode: sel.Code, OnlySource: int16(sel.Source),
	}
}

// tallied is the size of a selection that has no details.
func tallied(ctx context.Context, tx pgx.Tx, sel app.Selection) (int, error) {
	t, err := db.New(tx).TallySelection(ctx, tallyParams(sel))
	return int(t.Selected), err
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
	var rows []db.CountByStatusRow
	err = s.read(ctx, scope, func(tx pgx.Tx) (err error) {
		rows, err = db.New(tx).CountByStatus(ctx, db.CountByStatusParams{CountyFrom: counties.From, CountyTo: counties.To})
		return err
	})
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
