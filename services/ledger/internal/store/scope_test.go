package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// viewers are the scopes that there are, with the counties each sees.
var viewers = map[string]struct {
	scope domain.Scope
	sees  []string
}{
	"the province": {domain.ProvinceScope(), counties},
	"its queue":    {domain.QueueScope(), []string{""}},
	"a city":       {domain.CityScope("330100"), []string{"330102", "330106"}},
	"a county":     {domain.CountyScope("330106"), []string{"330106"}},
	"an empty one": {domain.CountyScope("330108"), nil},
	"nobody":       {domain.Scope{}, nil},
}

// No answer tells a foreign entry from one that never was: neither its error nor
// what is found.
func TestAForeignEntryAndAMissingOneAnswerAlike(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	for i, county := range counties {
		distribute(ctx, t, s, child(i, "王明", county))
	}
	entries := all(ctx, t, s)
	accept := func([]string) error { return nil }
	asks := map[string]func(scope domain.Scope, id string) error{
		"get": func(scope domain.Scope, id string) error { _, err := s.GetEntry(ctx, scope, id); return err },
		"handling": func(scope domain.Scope, id string) error {
			found, err := s.Handling(ctx, scope, []string{id})
			if err == nil && len(found) == 0 {
				return domain.ErrNotFound
			}
			return err
		},
		"history": func(scope domain.Scope, id string) error {
			_, err := app.Entries{Store: s}.History(ctx, app.Caller{Scope: scope}, id)
			return err
		},
		"move": func(scope domain.Scope, id string) error {
			_, err := s.MoveEntry(ctx, scope, id, "330110", "", "x")
			return err
		},
		"responsible": func(scope domain.Scope, id string) error {
			_, err := s.SetResponsible(ctx, scope, []string{id}, "", accept)
			return err
		},
	}
	for viewer, v := range viewers {
		for _, e := range entries {
			if slices.Contains(v.sees, e.CountyCode) {
				if _, err := s.GetEntry(ctx, v.scope, e.ID); err != nil {
					t.Errorf("%s does not get an entry of %q: %v", viewer, e.CountyCode, err)
				}
				continue
			}
			missing := uuid.NewString()
			for name, ask := range asks {
				foreign, none := ask(v.scope, e.ID), ask(v.scope, missing)
				if fault.As(foreign) != domain.ErrNotFound || fault.As(none) != domain.ErrNotFound {
					t.Errorf("%s by %s of %q: %v, of a missing one: %v", name, viewer, e.CountyCode, foreign, none)
					continue
				}
				if strings.ReplaceAll(foreign.Error(), e.ID, "-") != strings.ReplaceAll(none.Error(), missing, "-") {
					t.Errorf("%s by %s: %q for a foreign entry, %q for a missing one", name, viewer, foreign, none)
				}
			}
			if changes, err := s.ListChanges(ctx, v.scope, e.ID); err != nil || len(changes) != 0 {
				t.Errorf("%s sees the history of %q: %v, %v", viewer, e.CountyCode, changes, err)
			}
		}
	}
	for _, e := range all(ctx, t, s) {
		if e.Version != 1 {
			t.Errorf("an entry was moved from outside: %+v", e)
		}
	}
}

// What many ask at the same moment is looked up at once; each is told of its own all the same.
func TestWhoAsksTogetherSeesNoMoreThanAlone(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	for i, county := range counties {
		distribute(ctx, t, s, child(i, "王明", county))
	}
	entries := all(ctx, t, s)
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	looks := map[string]func(ctx context.Context, scope domain.Scope) (sees []string, err error){
		"to handle": func(ctx context.Context, scope domain.Scope) (sees []string, err error) {
			found, err := s.Handling(ctx, scope, ids)
			for _, h := range found {
				sees = append(sees, h.CountyCode)
			}
			return sees, err
		},
		"by number": func(ctx context.Context, scope domain.Scope) (sees []string, err error) {
			for _, e := range entries {
				page, err := app.Entries{Store: s}.List(ctx, app.Caller{Scope: scope}, app.Filter{IDNumber: e.IDNumber}, 0, "")
				if err != nil {
					return nil, err
				}
				for _, found := range page.Entries {
					if found.ID != e.ID {
						return nil, fmt.Errorf("asking for %s gave %s", e.ID, found.ID)
					}
					sees = append(sees, found.CountyCode)
				}
			}
			return sees, nil
		},
	}
	group, ctx := errgroup.WithContext(ctx)
	for range 50 {
		for viewer, v := range viewers {
			for name, look := range looks {
				group.Go(func() error {
					sees, err := look(ctx, v.scope)
					if err != nil {
						return err
					}
					slices.Sort(sees)
					if want := slices.Sorted(slices.Values(v.sees)); !slices.Equal(sees, want) {
						return fmt.Errorf("%s, %s, sees %q, want %q", viewer, name, sees, want)
					}
					return nil
				})
			}
		}
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// Whatever is asked for, by name, by number or by region.
func TestNoListAndNoCountHasAForeignEntry(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	for i, county := range counties {
		distribute(ctx, t, s, child(i, "王明", county))
	}
	entries := all(ctx, t, s)
	filters := []app.Filter{{}, {Name: "王明"}, {Q: "王"}, {Tab: app.TabPending}, {Status: domain.Pending}}
	for _, e := range entries {
		region := e.CountyCode
		if region == "" {
			region = domain.QueueRegion
		}
		filters = append(filters, app.Filter{IDNumber: e.IDNumber}, app.Filter{Q: e.IDNumber}, app.Filter{Region: region})
	}
	filters = append(filters, app.Filter{Region: "330100"}, app.Filter{Region: "330300"}, app.Filter{Region: domain.Province})
	reading := app.Entries{Store: s}
	for viewer, v := range viewers {
		caller := app.Caller{Scope: v.scope}
		for _, f := range filters {
			page, err := reading.List(ctx, caller, f, 0, "")
			if err != nil {
				t.Fatal(err)
			}
			streamed := 0
			if err := reading.Stream(ctx, caller, f, "", func(batch []domain.Entry) error {
				streamed += len(batch)
				page.Entries = append(page.Entries, batch...)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				if !slices.Contains(v.sees, e.CountyCode) {
					t.Errorf("%s, asking for %+v, sees an entry of %q", viewer, f, e.CountyCode)
				}
			}
			if len(page.Entries) != 2*page.Total || streamed != page.Total {
				t.Errorf("%s, asking for %+v: %d of %d", viewer, f, streamed, page.Total)
			}
		}
		counts, err := reading.Count(ctx, caller, "")
		if err != nil {
			t.Fatal(err)
		}
		if n := counts.Total; n != len(v.sees) {
			t.Errorf("%s counts %d entries, want %d", viewer, n, len(v.sees))
		}
		for _, county := range counties {
			want := 0
			if slices.Contains(v.sees, county) {
				want = 1
			}
			if county == "" {
				county = domain.QueueRegion
			}
			counts, err := reading.Count(ctx, caller, county)
			if err != nil {
				t.Fatal(err)
			}
			if counts.Total != want {
				t.Errorf("%s counts %d entries of %s, want %d", viewer, counts.Total, county, want)
			}
		}
	}
}
