package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// Pages in the order of names, after a place in it. %s is the condition of the selection.
const (
	// Of few entries all are found, and then sorted.
	sortedPage = `SELECT entries.* FROM entries JOIN (SELECT entry_id, name_key FROM entry_search) s ON s.entry_id = id
		WHERE %s AND (name_key, entry_id) > ($%d, $%d)
		ORDER BY name_key, entry_id LIMIT $%d`
	// Of many, each county's are met in the order of the index until there is a page of them;
	// each is looked at for itself, which is a scalar and no join to the planner.
	walkedPage = `SELECT e.* FROM unnest($%[5]d::text[]) AS c (code) CROSS JOIN LATERAL (
			SELECT s.entry_id, s.name_key FROM entry_search s
			WHERE s.county_code = c.code AND (s.name_key, s.entry_id) > ($%[2]d, $%[3]d)
				AND (SELECT true FROM entries WHERE id = s.entry_id AND %[1]s)
			ORDER BY s.name_key, s.entry_id LIMIT $%[4]d
		) first JOIN entries e ON e.id = first.entry_id
		ORDER BY first.name_key, first.entry_id LIMIT $%[4]d`
)

// pageByName reads a page in the order of names.
func (s *Store) pageByName(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	err = s.read(ctx, sel.Scope, func(tx pgx.Tx) error {
		entries, total, err = s.pageByNameIn(ctx, tx, sel, after, most)
		return err
	})
	return entries, total, err
}

func (s *Store) pageByNameIn(ctx context.Context, tx pgx.Tx, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	condition, args := s.where(sel)
	t, err := db.New(tx).TallySelection(ctx, tallyParams(sel))
	if err != nil {
		return nil, 0, err
	}
	if total = int(t.Selected); sel.Detail != (app.Detail{}) {
		total, err = counted(ctx, tx, condition, args)
	}
	if err != nil || total == 0 {
		return nil, 0, err
	}
	key := []byte{}
	if after.ID != app.Beginning {
		key = domain.NameKey(after.Name)
	}
	place := []any{condition, len(args) + 1, len(args) + 2, len(args) + 3}
	args = append(args, key, after.ID, most)
	page := fmt.Sprintf(sortedPage, place...)
	if soonerMet(total, int(t.Whole), most) {
		counties, err := db.New(tx).TalliedCounties(ctx, db.TalliedCountiesParams{CountyFrom: sel.Counties.From, CountyTo: sel.Counties.To})
		if err != nil {
			return nil, 0, err
		}
		args = append(args, counties)
		page = fmt.Sprintf(walkedPage, append(place, len(args))...)
	}
	rows, err := tx.Query(ctx, page, args...)
	if err != nil {
		return nil, 0, err
	}
	entries, err = s.collectEntries(rows, most)
	return entries, total, err
}

// soonerMet tells whether a page is sooner met in the order of names than found and sorted:
// walking looks at whole/total entries for each of the page, sorting at all that are selected.
func soonerMet(total, whole, most int) bool { return whole*most < total*total }

// orderedAtOnce is how many entries get their place in the order of names in one transaction.
const orderedAtOnce = 2000

// OrderNames gives a place in the order of names to entries from before there was one.
func (s *Store) OrderNames(ctx context.Context) error {
	for {
		ordered := 0
		err := s.write(ctx, domain.ProvinceScope(), func(tx pgx.Tx) (err error) {
			ordered, err = orderSome(ctx, db.New(tx))
			return err
		})
		if err != nil {
			return fmt.Errorf("ordering names: %w", err)
		}
		if ordered == 0 {
			return nil
		}
	}
}

func orderSome(ctx context.Context, q *db.Queries) (int, error) {
	rows, err := q.WithoutNameOrder(ctx, orderedAtOnce)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var p db.SetNameOrderParams
	for _, r := range rows {
		p.EntryIds = append(p.EntryIds, r.EntryID)
		p.NameKeys = append(p.NameKeys, domain.NameKey(r.PersonName))
	}
	return len(rows), q.SetNameOrder(ctx, p)
}
