package store_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// fact is one event: a routing, an outcome or a state of the work.
type fact struct {
	Routing *app.Routing
	Outcome *app.Outcome
	Work    *app.Work
}

func (f fact) at() time.Time {
	switch {
	case f.Routing != nil:
		return f.Routing.At
	case f.Outcome != nil:
		return f.Outcome.At
	}
	return f.Work.At
}

// instants are close to where it matters, the month's two ends.
func instants() []time.Time {
	var all []time.Time
	for _, edge := range []time.Time{july.Start(), july.End()} {
		for _, off := range []time.Duration{-10 * 24 * time.Hour, -time.Microsecond, 0, time.Microsecond, 10 * 24 * time.Hour} {
			all = append(all, edge.Add(off))
		}
	}
	return all
}

// times of an entry's changes, in their order: each database sees to that for its own.
func times(t *rapid.T, most int, label string) []time.Time {
	drawn := rapid.SliceOfN(rapid.SampledFrom(instants()), 0, most).Draw(t, label)
	slices.SortFunc(drawn, time.Time.Compare)
	return drawn
}

// history draws what happened to one entry: created, assigned and re-assigned,
// found and found again. The two services' clocks know nothing of one another, so
// an outcome can bear an earlier time than the entry.
func history(t *rapid.T, entry int) []fact {
	var facts []fact
	for i, at := range times(t, 4, "routed") {
		facts = append(facts, fact{Routing: &app.Routing{
			EntryID: entryID(entry), Version: int64(i + 1), At: at,
			County: rapid.SampledFrom([]string{"330106", "330105", "", "330199"}).Draw(t, "county"),
			Source: domain.Source(rapid.IntRange(0, 3).Draw(t, "source")),
		}})
	}
	for i, at := range times(t, 5, "found") {
		code := rapid.SampledFrom([]string{"99", "A1", "A8", "B1", "B2", "B3", "B4", "B8", "B10"}).Draw(t, "code")
		facts = append(facts, fact{Outcome: &app.Outcome{EntryID: entryID(entry), Revision: int64(i + 1), Code: code, At: at}})
	}
	for i, at := range times(t, 4, "worked") {
		facts = append(facts, fact{Work: &app.Work{
			EntryID: entryID(entry), Version: int64(i + 1), At: at, Closed: rapid.Bool().Draw(t, "closed"),
			GivenBack: rapid.Bool().Draw(t, "given back"), DutyOpen: rapid.Bool().Draw(t, "duty"),
			DueOn: rapid.SampledFrom([]string{"", "2019-07-30", "2019-07-31", "2019-08-01"}).Draw(t, "due"),
		}})
	}
	return facts
}

// child is an entry as the model knows it at some instant.
type child struct {
	there           bool
	county          string
	source          domain.Source
	code            string
	added, changed  bool
	everA, returned bool
	routedAt        time.Time
	work            app.Work
}

// count is the model: it lives through the facts in the order in which they
// happened, stops at the cut-off, and looks at where each child is then. No
// version, revision or delivery has a part in it.
func count(facts []fact, monthStart, cutoff time.Time) []domain.Bucket {
	happened := slices.Clone(facts)
	slices.SortStableFunc(happened, func(a, b fact) int { return a.at().Compare(b.at()) })
	children := map[string]child{}
	for _, f := range happened {
		if !f.at().Before(cutoff) {
			break
		}
		inMonth := !f.at().Before(monthStart)
		if r := f.Routing; r != nil {
			c := children[r.EntryID]
			if !c.there {
				c.there, c.added = true, inMonth
			}
			c.county, c.source, c.routedAt = r.County, r.Source, r.At
			children[r.EntryID] = c
			continue
		}
		if w := f.Work; w != nil {
			c := children[w.EntryID]
			c.work = *w
			children[w.EntryID] = c
			continue
		}
		o := f.Outcome
		c := children[o.EntryID]
		c.code, c.changed = o.Code, inMonth
		c.everA = c.everA || o.Code[0] == 'A'
		c.returned = c.everA && slices.Contains([]string{"B2", "B3", "B4", "B8"}, o.Code)
		children[o.EntryID] = c
	}
	type key struct {
		county string
		source domain.Source
		code   string
		traits domain.Traits
	}
	today := cutoff.In(domain.Shanghai).Format(time.DateOnly)
	buckets := map[key]domain.Bucket{}
	for _, c := range children {
		if !c.there {
			continue
		}
		var traits domain.Traits
		for trait, there := range map[domain.Traits]bool{
			domain.Added: c.added, domain.Changed: c.changed, domain.EverA: c.everA, domain.Returned: c.returned,
			domain.Settled: c.work.Closed, domain.GivenBack: c.work.GivenBack, domain.DutyOpen: c.work.DutyOpen,
			domain.Overdue: c.work.DueOn != "" && c.work.DueOn < today,
			domain.Late:    c.code == "" && !c.routedAt.Before(cutoff.AddDate(0, 0, -domain.LateDays)),
		} {
			if there {
				traits |= trait
			}
		}
		k := key{c.county, c.source, c.code, traits}
		b := buckets[k]
		b.County, b.Source, b.Code, b.Traits = c.county, c.source, c.code, traits
		b.Entries++
		buckets[k] = b
	}
	return sorted(slices.Collect(maps.Values(buckets)))
}

func sorted(buckets []domain.Bucket) []domain.Bucket {
	slices.SortFunc(buckets, func(a, b domain.Bucket) int {
		return cmp.Or(cmp.Compare(a.County, b.County), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Traits, b.Traits))
	})
	return buckets
}
