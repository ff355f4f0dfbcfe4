package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
	"baoxue.internal/services/ledger/internal/store"
)

const clerk = "00000000-0000-7000-8000-00000000000c"

var (
	someNames = []string{"王明", "王小明", "李华", "100%", "a_b", ""}
	someCodes = []string{"", "99", "A1", "B2", "B10"}
	someFlags = []domain.Flag{domain.FlagIDChecksum, domain.FlagIDMissing}
	someTags  = []string{"TAG_DISABLED", "TAG_MIGRANT"}
	// Around the 17th, which is today, and the 20th, until which is soon.
	someDays = []string{"", "2019-07-16", "2019-07-17", "2019-07-20", "2019-07-21"}
	// The first and the last instant of a day, and the first of the next.
	someMoments = []time.Time{
		time.Date(2019, 7, 17, 0, 0, 0, 0, domain.Shanghai), time.Date(2019, 7, 17, 23, 59, 59, 999999000, domain.Shanghai),
		time.Date(2019, 7, 18, 0, 0, 0, 0, domain.Shanghai),
	}
)

// state fills an empty ledger with children of all kinds.
func state(ctx context.Context, t *rapid.T, s *store.Store) []domain.Entry {
	var rows []app.StagedRow
	for i := range rapid.IntRange(0, 12).Draw(t, "children") {
		row := child(rapid.IntRange(0, 2).Draw(t, "number"), rapid.SampledFrom(someNames).Draw(t, "name"), rapid.SampledFrom(counties).Draw(t, "county"))
		// Children with one number are there on purpose, rows of one child are not.
		row.Number, row.Key = i, child(i, "", "").Key
		row.Source = domain.Source(rapid.IntRange(0, 3).Draw(t, "source"))
		if rapid.Bool().Draw(t, "no number") {
			row.IDNumber = ""
		}
		row.ProvincialSchool = rapid.SampledFrom([]string{"", "文三路小学", "学军小学"}).Draw(t, "school")
		row.Flags = rapid.SliceOfNDistinct(rapid.SampledFrom(someFlags), 0, 2, rapid.ID[domain.Flag]).Draw(t, "flags")
		rows = append(rows, row)
	}
	distribute(ctx, t, s, rows...)
	var outcomes []app.Outcome
	var works []app.Work
	var taggings []app.Tagging
	var hers []string
	for _, e := range all(ctx, t, s) {
		if code := rapid.SampledFrom(someCodes).Draw(t, "code"); code != "" {
			works = append(works, app.Work{
				EntryID: e.ID, Version: 1, Returned: rapid.Bool().Draw(t, "returned"), Closed: rapid.Bool().Draw(t, "closed"),
				Duty:  rapid.SampledFrom([]string{"NONE", domain.DutyCreateRecord, domain.DutyChangeStatus, "DONE"}).Draw(t, "duty"),
				DueOn: rapid.SampledFrom(someDays).Draw(t, "due"), DueKind: rapid.SampledFrom([]string{"", domain.DueFollowUp}).Draw(t, "due kind"),
				LegalStep: rapid.SampledFrom([]string{"", "责令改正"}).Draw(t, "legal step"),
			})
			outcomes = append(outcomes, app.Outcome{EntryID: e.ID, Revision: 1, Code: code, At: rapid.SampledFrom(someMoments).Draw(t, "found")})
		}
		if tags := rapid.SliceOfNDistinct(rapid.SampledFrom(someTags), 0, 2, rapid.ID[string]).Draw(t, "tags"); len(tags) > 0 {
			taggings = append(taggings, app.Tagging{EntryID: e.ID, Version: 1, Tags: tags})
		}
		if rapid.Bool().Draw(t, "hers") {
			hers = append(hers, e.ID)
		}
	}
	if err := s.ApplyOutcomes(ctx, outcomes); err != nil {
		t.Fatal(err)
	}
	if err := s.ApplyWorks(ctx, works); err != nil {
		t.Fatal(err)
	}
	if err := s.ApplyTags(ctx, taggings); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetResponsible(ctx, domain.ProvinceScope(), hers, clerk, func([]string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return all(ctx, t, s)
}

func filter(t *rapid.T) app.Filter {
	region := rapid.SampledFrom([]string{"", "", "330000", "330100", "330102", "330302", "310000", "none"}).Draw(t, "region")
	if rapid.IntRange(0, 4).Draw(t, "two characters alone") == 0 {
		return app.Filter{Region: region, Name: rapid.SampledFrom([]string{"王明", "王小", "小明", "0%", "明王"}).Draw(t, "pair")}
	}
	return app.Filter{
		Tab:         rapid.SampledFrom([]app.Tab{app.TabAll, app.TabAll, app.TabPending, app.TabHandled}).Draw(t, "tab"),
		Region:      region,
		Status:      domain.Status(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "status")),
		Code:        rapid.SampledFrom(append([]string{"", "", "A2"}, someCodes...)).Draw(t, "code"),
		Source:      domain.Source(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "source")),
		Name:        rapid.SampledFrom([]string{"", "", "王", "王明", "%", "_", "明"}).Draw(t, "name"),
		IDNumber:    rapid.SampledFrom([]string{"", "", "", child(0, "", "").IDNumber, child(9, "", "").IDNumber}).Draw(t, "id number"),
		Responsible: rapid.SampledFrom([]string{"", "", app.Me, "00000000-0000-7000-8000-00000000000d"}).Draw(t, "responsible"),
		Queue:       app.Queue(rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}).Draw(t, "queue")),
		Flags:       rapid.SampledFrom([][]string{nil, nil, nil, {string(someFlags[0])}, {string(someFlags[0]), string(someFlags[1])}}).Draw(t, "flags"),
		Tags:        rapid.SampledFrom([][]string{nil, nil, nil, someTags[:1], someTags}).Draw(t, "tags"),
		School:      rapid.SampledFrom([]string{"", "", "", "小学", "文三"}).Draw(t, "school"),
		FoundFrom:   rapid.SampledFrom([]string{"", "", "", "2019-07-17", "2019-07-18"}).Draw(t, "from"),
		Order:       rapid.SampledFrom([]app.Order{app.OrderLedger, app.OrderLedger, app.OrderName}).Draw(t, "order"),
		FoundTo:     rapid.SampledFrom([]string{"", "", "", "2019-07-18"}).Draw(t, "to"),
	}
}

// wanted is the filter's meaning, in the words of the domain page.
func wanted(f app.Filter, sees []string, e domain.Entry) bool {
	inRegion := map[string]bool{
		"": true, "330000": true, "none": e.CountyCode == "", "330100": strings.HasPrefix(e.CountyCode, "3301"),
		"330102": e.CountyCode == "330102", "330302": e.CountyCode == "330302",
	}
	inTab := map[app.Tab]bool{app.TabAll: true, app.TabPending: e.Status == domain.Pending || e.Work.Returned && f.Status == 0, app.TabHandled: e.Status != domain.Pending}
	for _, flag := range f.Flags {
		if !slices.Contains(e.Flags, domain.Flag(flag)) {
			return false
		}
	}
	for _, tag := range f.Tags {
		if !slices.Contains(e.Tags, tag) {
			return false
		}
	}
	// Dates are written so that texts compare as they do.
	found := ""
	if !e.FoundAt.IsZero() {
		found = e.FoundAt.In(domain.Shanghai).Format(time.DateOnly)
	}
	if f.FoundFrom != "" && found < f.FoundFrom || f.FoundTo != "" && (found == "" || found > f.FoundTo) {
		return false
	}
	due := ""
	if !e.Work.DueOn.IsZero() {
		due = e.Work.DueOn.Format(time.DateOnly)
	}
	inQueue := map[app.Queue]bool{
		app.QueueNone: true, app.QueueReturned: e.Work.Returned, app.QueueClosed: e.Work.Closed,
		app.QueueOverdue: due != "" && due < "2019-07-17", app.QueueDueSoon: due >= "2019-07-17" && due <= "2019-07-20",
		app.QueueDuty:     e.Work.Duty == domain.DutyCreateRecord || e.Work.Duty == domain.DutyChangeStatus,
		app.QueueFollowUp: e.Work.DueKind == domain.DueFollowUp, app.QueuePersuading: strings.HasPrefix(e.Code, "A"),
		app.QueueLegal: e.Work.LegalStep != "",
	}
	return slices.Contains(sees, e.CountyCode) && inQueue[f.Queue] && inRegion[f.Region] && inTab[f.Tab] &&
		(f.Status == 0 || e.Status == f.Status) && (f.Code == "" || e.Code == f.Code) && (f.Source == 0 || e.Source == f.Source) &&
		strings.Contains(e.PersonName, f.Name) && strings.Contains(e.ProvincialSchool, f.School) && (f.IDNumber == "" || e.IDNumber == f.IDNumber) &&
		(f.Responsible == "" || f.Responsible == app.Me && e.ResponsibleID == clerk)
}

// What a list shows, page by page, what its total says, what an export streams and what
// the badges and the month-end count are the entries that the filter means.
func TestEveryFilterSelectsWhatItSays(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	reading := app.Entries{Store: s, Sealer: testkit.Keyring(t, pool), Now: func() time.Time { return someMoments[1] }, SoonDays: 3}
	names := []string{"the province", "its queue", "a city", "a county", "an empty one", "nobody"}
	rapid.Check(t, func(t *rapid.T) {
		exec(ctx, t, pool, forgetAll)
		entries := state(ctx, t, s)
		if rapid.Bool().Draw(t, "add up") {
			if err := s.AddUpTallies(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 {
			viewer := viewers[rapid.SampledFrom(names).Draw(t, "viewer")]
			caller := app.Caller{ID: clerk, Scope: viewer.scope}
			f := filter(t)
			var want []string
			for _, e := range entries {
				if wanted(f, viewer.sees, e) {
					want = append(want, e.ID)
				}
			}
			same := func(how string, got []string) {
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s, filter %+v: -want +got\n%s", how, f, diff)
				}
			}
			streamedFirst := slices.Clone(want)
			if f.Order == app.OrderName {
				slices.SortStableFunc(want, byName(entries))
			}
			same("list", listed(ctx, t, reading, caller, f, rapid.IntRange(1, 5).Draw(t, "page size"), len(want)))
			var streamed []string
			if err := reading.Stream(ctx, caller, f, "", func(batch []domain.Entry) error { streamed = append(streamed, ids(batch)...); return nil }); err != nil {
				t.Fatal(err)
			}
			want = streamedFirst
			same("stream", streamed)

			counts, err := reading.Count(ctx, caller, f.Region)
			if err != nil {
				t.Fatal(err)
			}
			for n, badge := range map[*int]app.Filter{
				&counts.Pending: {Tab: app.TabPending}, &counts.Handled: {Tab: app.TabHandled}, &counts.Total: {},
				&counts.Unconfirmed: {Status: domain.Unconfirmed}, &counts.Returned: {Queue: app.QueueReturned},
			} {
				badge.Region = f.Region
				if listed := len(listed(ctx, t, reading, caller, badge, 200, *n)); listed != *n {
					t.Fatalf("the badge of %+v says %d, the list has %d", badge, *n, listed)
				}
			}
		}
		checkTruth(ctx, t, s, entries)
	})
}

// byName compares ids by the names of their entries, some of someNames.
func byName(entries []domain.Entry) func(a, b string) int {
	inOrder := []string{"100%", "a_b", "李华", "王明", "王小明", ""}
	place := map[string]int{}
	for _, e := range entries {
		place[e.ID] = slices.Index(inOrder, e.PersonName)
	}
	return func(a, b string) int { return place[a] - place[b] }
}

// listed reads all pages; every one tells the same total.
func listed(ctx context.Context, t *rapid.T, reading app.Entries, caller app.Caller, f app.Filter, size, total int) (found []string) {
	for token := ""; ; {
		page, err := reading.List(ctx, caller, f, size, token)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, ids(page.Entries)...)
		if page.Total != total {
			t.Fatalf("filter %+v: total %d, want %d", f, page.Total, total)
		}
		if token = page.Next; token == "" {
			return found
		}
		if len(page.Entries) != size {
			t.Fatalf("filter %+v: a page of %d with a next one", f, len(page.Entries))
		}
	}
}

func ids(entries []domain.Entry) []string {
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return list
}

// checkTruth: what the month-end counts from the history is what the lists show now.
func checkTruth(ctx context.Context, t *rapid.T, s *store.Store, entries []domain.Entry) {
	got, err := s.CountAsOf(ctx, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := map[app.OutcomeCount]int64{}
	for _, e := range entries {
		want[app.OutcomeCount{County: e.CountyCode, Source: e.Source, Code: e.Code}]++
	}
	for _, c := range got {
		group := c
		group.Entries = 0
		if want[group] != c.Entries {
			t.Fatalf("%+v, but the list has %d", c, want[group])
		}
		delete(want, group)
	}
	if len(want) != 0 {
		t.Fatalf("not counted: %v", want)
	}
}

// A number that a whole class was entered with is no reason to leave anybody out, or to read them all for one page.
func TestManyChildrenWithOneNumberAreOnSeveralPages(t *testing.T) {
	s, pool := open(t)
	reading := app.Entries{Store: s, Sealer: testkit.Keyring(t, pool)}
	ctx := testkit.Context(t)
	const many = 23
	rows := make([]app.StagedRow, many)
	for i := range rows {
		rows[i] = child(i, "王明", counties[i%2])
		rows[i].IDNumber = child(0, "", "").IDNumber
	}
	distribute(ctx, t, s, rows...)
	for _, size := range []int{1, 5, many, 50} {
		seen, token := map[string]bool{}, ""
		for {
			page, err := reading.List(ctx, app.Caller{Scope: domain.ProvinceScope()}, app.Filter{IDNumber: rows[0].IDNumber}, size, token)
			if err != nil {
				t.Fatal(err)
			}
			if page.Total != many || len(page.Entries) > size {
				t.Fatalf("pages of %d: %d entries of %d", size, len(page.Entries), page.Total)
			}
			for _, e := range page.Entries {
				seen[e.ID] = true
			}
			if token = page.Next; token == "" {
				break
			}
		}
		if len(seen) != many {
			t.Errorf("pages of %d show %d of %d", size, len(seen), many)
		}
	}
}
