package store_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
)

// However the settings are grouped, repeated, reordered and anticipated, the newest holds, and nothing else
// of the entry is touched.
func TestTagsAreProjectedForwards(t *testing.T) {
	s, pool := open(t)
	ctx := testkit.Context(t)
	distribute(ctx, t, s, child(1, "甲", "330106"), child(2, "乙", "330302"))
	entries := all(ctx, t, s)
	version := int64(0)
	rapid.Check(t, func(r *rapid.T) {
		newest := map[string][]string{}
		var facts []app.Tagging
		for _, e := range entries {
			for range rapid.IntRange(1, 4).Draw(r, "changes") {
				version++
				tags := rapid.SliceOfNDistinct(rapid.SampledFrom(someTags), 0, 2, rapid.ID[string]).Draw(r, "tags")
				newest[e.ID] = tags
				facts = append(facts, app.Tagging{EntryID: e.ID, Version: version, Tags: tags})
			}
		}
		delivered := rapid.Permutation(append(facts, facts...)).Draw(r, "deliveries")
		for len(delivered) > 0 {
			n := rapid.IntRange(1, len(delivered)).Draw(r, "batch")
			apply := s.ApplyTags(ctx, delivered[:n])
			if rapid.Bool().Draw(r, "anticipated") {
				apply = s.AnticipateOutcomes(ctx, nil, nil, delivered[:n])
			}
			if apply != nil {
				r.Fatal(apply)
			}
			delivered = delivered[n:]
		}
		for i, got := range all(ctx, t, s) {
			if want := newest[got.ID]; !slices.Equal(got.Tags, want) {
				r.Fatalf("%s has %q, want %q", got.ID, got.Tags, want)
			}
			if got.Work != entries[i].Work || !got.UpdatedAt.Equal(entries[i].UpdatedAt) || projected(t, pool, got.ID).Version != 0 {
				r.Fatalf("%+v became %+v", entries[i], got)
			}
		}
	})
}
