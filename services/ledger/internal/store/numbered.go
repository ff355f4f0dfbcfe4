package store

import (
	"context"
	"fmt"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store/db"
)

// numberLook is one caller's look by a document number.
type numberLook struct {
	scope    domain.Scope
	counties domain.Region
	index    []byte
}

// mostNumbered bounds what is read for one number. Of a number that so many share the page is read by itself.
const mostNumbered = 10

// numberAlone tells whether all that is asked for is a document number, from the beginning.
func numberAlone(sel app.Selection, after app.Place) bool {
	return sel.Detail == (app.Detail{IDNumber: sel.IDNumber}) && sel.IDNumber != "" && sel.All() && after.ID == app.Beginning
}

// numberedPage are the entries with one document number, all on one page.
func (s *Store) numberedPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	entries, err = s.looks.numbers.Do(ctx, numberLook{sel.Scope, sel.Counties, s.sealer.Index(numberIndex, sel.IDNumber)})
	if err != nil {
		return nil, 0, err
	}
	if len(entries) >= min(mostNumbered, most) {
		return s.filteredNumberPage(ctx, sel, after, most)
	}
	return entries, len(entries), nil
}

func (s *Store) lookNumbers(ctx context.Context, asked []numberLook) ([]gather.Answer[[]domain.Entry], error) {
	p := db.GetNumberedParams{Most: mostNumbered}
	for place, l := range asked {
		p.Places = append(p.Places, int32(place))
		p.Indexes = append(p.Indexes, l.index)
		p.CountiesFrom = append(p.CountiesFrom, l.counties.From)
		p.CountiesTo = append(p.CountiesTo, l.counties.To)
	}
	rows, err := together(s, asked, func(l numberLook) domain.Scope { return l.scope }).GetNumbered(ctx, p)
	if err != nil {
		return nil, err
	}
	found := make([]gather.Answer[[]domain.Entry], len(asked))
	for i := range rows {
		e, err := s.entryOf(&rows[i].Entry)
		if err != nil {
			return nil, err
		}
		found[rows[i].Place].Value = append(found[rows[i].Place].Value, e)
	}
	return found, nil
}

// filteredNumberPage are the entries with one document number that something else selects, too: so few
// that all are on the first page, which thereby tells how many there are.
func (s *Store) filteredNumberPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	condition, args := s.where(sel)
	query := fmt.Sprintf("SELECT * FROM entries WHERE %s AND id > $%d ORDER BY id LIMIT $%d", condition, len(args)+1, len(args)+2)
	one := s.within(sel.Scope)
	rows, err := one.Query(ctx, query, append(args[:len(args):len(args)], after.ID, most)...)
	if err != nil {
		return nil, 0, err
	}
	if entries, err = s.collectEntries(rows, 1); err != nil {
		return nil, 0, err
	}
	if after.ID == app.Beginning && len(entries) < most {
		return entries, len(entries), nil
	}
	total, err = counted(ctx, one, condition, args)
	return entries, total, err
}

func counted(ctx context.Context, tx db.DBTX, condition string, args []any) (total int, err error) {
	err = tx.QueryRow(ctx, "SELECT count(*) FROM entries WHERE "+condition, args...).Scan(&total)
	return total, err
}
