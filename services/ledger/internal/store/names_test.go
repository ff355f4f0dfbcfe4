package store_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// So many children that they are not sorted for each page but met in order, county by county.
func TestManyChildrenAreListedInTheOrderOfTheirNames(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	reading := app.Entries{Store: s, Sealer: testkit.Keyring(t, pool)}
	surnames, given := []rune("赵钱孙李周吴郑王冯陈"), []rune("明华强芳雷梅红丽伟")
	var rows []app.StagedRow
	for i := range 2500 {
		name := fmt.Sprintf("%c%c", surnames[i%len(surnames)], given[i/7%len(given)])
		rows = append(rows, child(i, name, counties[i%len(counties)]))
	}
	distribute(ctx, t, s, rows...)
	exec(ctx, t, pool, "UPDATE entry_search SET name_key = '' WHERE entry_id IN (SELECT entry_id FROM entry_search LIMIT 2100)")
	if err := s.OrderNames(ctx); err != nil {
		t.Fatal(err)
	}
	moved := all(ctx, t, s)[1].ID
	if _, err := s.MoveEntry(ctx, domain.ProvinceScope(), moved, "330302", "", "省厅"); err != nil {
		t.Fatal(err)
	}

	for name, f := range map[string]app.Filter{"all": {Order: app.OrderName}, "a city's": {Order: app.OrderName, Region: "330100"}} {
		var listed []domain.Entry
		var total int
		for token := ""; ; {
			page, err := reading.List(ctx, app.Caller{Scope: domain.ProvinceScope()}, f, 200, token)
			if err != nil {
				t.Fatal(err)
			}
			listed, total = append(listed, page.Entries...), page.Total
			if token = page.Next; token == "" {
				break
			}
		}
		want := all(ctx, t, s)
		if f.Region != "" {
			want = slices.DeleteFunc(want, func(e domain.Entry) bool { return e.CountyCode == "" || e.CountyCode[:4] != "3301" })
		}
		slices.SortFunc(want, func(a, b domain.Entry) int {
			return cmp.Or(bytes.Compare(domain.NameKey(a.PersonName), domain.NameKey(b.PersonName)), cmp.Compare(a.ID, b.ID))
		})
		if total != len(want) || !slices.Equal(ids(listed), ids(want)) {
			t.Errorf("%s: %d listed, %d in total, %d wanted, or in another order", name, len(listed), total, len(want))
		}
	}
}
