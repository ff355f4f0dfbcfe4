package store

import (
	"context"
	"fmt"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// detailed finds what the details select once, for the size and for the page.
const detailed = `WITH selected AS MATERIALIZED (%[1]s)
SELECT entries.*, (SELECT count(*) FROM selected) AS total
FROM (SELECT id FROM selected WHERE id > $%[2]d ORDER BY id LIMIT $%[3]d) page JOIN entries ON entries.id = page.id
ORDER BY entries.id`

// detailedPage counts the entries that the details select.
func (s *Store) detailedPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	condition, args := s.where(sel)
	// The name is there for the planner: for ids alone it would sooner walk through the whole index of
	// the counties than go to the few that were found.
	columns := "id, person_name"
	if indexed(sel) {
		columns = "id"
	}
	return s.selectedPage(ctx, sel.Scope, "SELECT "+columns+" FROM entries WHERE "+condition, args, after, most)
}

// indexed tells whether flags, or tags, are the only detail: the index of the entries that have some then
// holds all that is asked for.
func indexed(sel app.Selection) bool {
	return sel.Flags != "" && sel.Detail == (app.Detail{Flags: sel.Flags}) || sel.Tags != "" && sel.Detail == (app.Detail{Tags: sel.Tags})
}

// pairAlone tells whether all that is asked for is two characters of a name.
func pairAlone(sel app.Selection) bool {
	return sel.Detail == (app.Detail{Name: sel.Name}) && len([]rune(sel.Name)) == 2 && sel.All()
}

// paired finds the pair first, of which alone the planner knows that it is rare, and then looks where each of them is.
const paired = `SELECT id FROM (SELECT entry_id AS id, county_code FROM entry_search WHERE name_bigrams @> $1 OFFSET 0) AS found
	WHERE county_code >= $2 AND county_code <= $3`

// pairedPage finds entries by two characters of their names. Those are one of the pairs that lie
// beside the entries, so that of a thousand with the same name only the page's entries are read.
func (s *Store) pairedPage(ctx context.Context, sel app.Selection, after app.Place, most int) (entries []domain.Entry, total int, err error) {
	return s.selectedPage(ctx, sel.Scope, paired, []any{[]string{sel.Name}, sel.Counties.From, sel.Counties.To}, after, most)
}

// selectedPage is a page of the entries whose ids a query selects, and how many it selects.
func (s *Store) selectedPage(
	ctx context.Context, scope domain.Scope, selected string, args []any, after app.Place, most int,
) (entries []domain.Entry, total int, err error) {
	query := fmt.Sprintf(detailed, selected, len(args)+1, len(args)+2)
	one := s.within(scope)
	rows, err := one.Query(ctx, query, append(args[:len(args):len(args)], after.ID, most)...)
	if err != nil {
		return nil, 0, err
	}
	if entries, err = s.collectEntries(rows, most, &total); err != nil {
		return nil, 0, err
	}
	if len(entries) == 0 && after.ID != app.Beginning {
		err = one.QueryRow(ctx, "SELECT count(*) FROM ("+selected+") AS selected", args...).Scan(&total)
	}
	return entries, total, err
}
