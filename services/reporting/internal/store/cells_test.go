package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

// unseen shows no child.
type unseen struct{}

func (unseen) MaskedNames(context.Context, []string) (map[string]string, error) { return nil, nil }

// workedJuly has children of every trait in two counties and the queue, and closes July.
func workedJuly(t *testing.T, s *store.Store) app.Snapshot {
	t.Helper()
	var facts []fact
	for n := range 60 {
		county := []string{"330106", "330105", ""}[n%3]
		facts = append(facts, fact{Routing: &app.Routing{
			EntryID: entryID(n), Version: 1, County: county, Source: domain.Source(n % 4), At: july.End().AddDate(0, 0, -n),
		}})
		if n%5 == 0 {
			continue
		}
		code := append([]string{"99"}, domain.Codes...)[n%19]
		facts = append(facts, fact{Outcome: &app.Outcome{EntryID: entryID(n), Revision: 1, Code: code, At: july.Start().Add(time.Hour)}},
			fact{Work: &app.Work{
				EntryID: entryID(n), Version: 1, Closed: code[0] == 'B' && n%2 == 0, GivenBack: n%7 == 0, DutyOpen: n%11 == 0,
				DueOn: []string{"", "2019-07-31", "2019-08-01"}[n%3], At: july.Start().Add(time.Hour),
			}})
	}
	applyAll(t, s, split(facts))
	return closeJuly(t, closing(s, says(count(facts, july.Start(), july.End())...)))
}

func pages(t *testing.T, u app.Cells, scope app.Scope, cell app.Cell) (ids []string, total int64) {
	t.Helper()
	for token := ""; ; {
		page, err := u.List(testkit.Context(t), scope, cell, 7, token)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if total, token = page.Total, page.NextToken; token == "" {
			return ids, total
		}
	}
}

// Every cell that counts children has exactly so many behind it, each once.
func TestEveryCellHasItsChildren(t *testing.T) {
	s, _ := open(t)
	snapshot := workedJuly(t, s)
	u, province := app.Cells{Store: s, Names: unseen{}}, app.Scope{Level: domain.LevelProvince, Region: domain.Province.Code}
	filled := map[string]bool{}
	for i := range snapshot.Rows {
		r := &snapshot.Rows[i]
		for _, f := range domain.Figures {
			if f.Kind != domain.CountFigure {
				continue
			}
			ids, total := pages(t, u, province, app.Cell{Month: "2019-07", Number: snapshot.Number, Region: r.Region.Code, Source: r.Source, Figure: f.Key})
			slices.Sort(ids)
			if want := f.Count(r); int64(len(slices.Compact(ids))) != want || total != want {
				t.Errorf("%s of %s/%d: %d children, %d in all, the cell says %d", f.Key, r.Region.Code, r.Source, len(ids), total, want)
			}
			filled[f.Key] = filled[f.Key] || len(ids) > 0
		}
	}
	for _, key := range []string{"late", "overdue", "closed", "dutyOpen", "givenBack", "everA", "pending", "byCode.B10"} {
		if !filled[key] {
			t.Errorf("no cell of %s has a child: this proves nothing", key)
		}
	}
}

// What happens after the close, however early it claims to have happened, is not in
// the frozen list.
func TestTheListIsFrozen(t *testing.T) {
	s, _ := open(t)
	snapshot := workedJuly(t, s)
	u, province := app.Cells{Store: s, Names: unseen{}}, app.Scope{Level: domain.LevelProvince, Region: domain.Province.Code}
	cell := app.Cell{Month: "2019-07", Number: snapshot.Number, Source: domain.AllSources, Figure: "pending"}
	before, _ := pages(t, u, province, cell)
	apply(t, s, []app.Routing{routed(900, 1, "330106", july.Start())}, []app.Outcome{found(0, 1, "B2", july.Start())})
	if after, _ := pages(t, u, province, cell); !slices.Equal(before, after) {
		t.Errorf("%d children, then %d", len(before), len(after))
	}
}

func TestACellIsShownToThoseWhoseRowItIs(t *testing.T) {
	s, _ := open(t)
	snapshot := workedJuly(t, s)
	u, ctx := app.Cells{Store: s, Names: unseen{}}, testkit.Context(t)
	cell := app.Cell{Month: "2019-07", Number: snapshot.Number, Source: domain.AllSources, Figure: "total"}
	county := app.Scope{Level: domain.LevelCounty, Region: "330106"}
	ids, _ := pages(t, u, county, cell)
	if len(ids) != 19 {
		t.Errorf("the county's own row has %d children, want 19", len(ids))
	}
	for name, c := range map[string]struct {
		scope  app.Scope
		change func(*app.Cell)
		reason string
	}{
		"another county":       {county, func(c *app.Cell) { c.Region = "330105" }, "NOT_FOUND"},
		"its city":             {county, func(c *app.Cell) { c.Region = "330100" }, "NOT_FOUND"},
		"the province's queue": {county, func(c *app.Cell) { c.Region = "none" }, "NOT_FOUND"},
		"another city":         {app.Scope{Level: domain.LevelCity, Region: "330300"}, func(c *app.Cell) { c.Region = "330100" }, "NOT_FOUND"},
		"nobody":               {app.Scope{}, func(*app.Cell) {}, "NOT_FOUND"},
		"another month":        {county, func(c *app.Cell) { c.Month = "2019-08" }, "NOT_FOUND"},
		"an unknown number":    {county, func(c *app.Cell) { c.Number += 100 }, "NOT_FOUND"},
		"a rate":               {county, func(c *app.Cell) { c.Figure = "verifiedRate" }, "INVALID_REQUEST"},
		"an unknown column":    {county, func(c *app.Cell) { c.Figure = "x" }, "INVALID_REQUEST"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := cell
			c.change(&asked)
			if page, err := u.List(ctx, c.scope, asked, 7, ""); !fault.Is(err, c.reason) {
				t.Errorf("%d children, %v", len(page.Entries), err)
			}
		})
	}
	if _, err := u.List(ctx, county, cell, 7, "-1"); !fault.Is(err, "PAGE_TOKEN_INVALID") {
		t.Errorf("got %v", err)
	}
}
