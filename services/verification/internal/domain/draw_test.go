package domain_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/verification/internal/domain"
)

type stratum struct{ county, code string }

func reviewables(t *rapid.T) (all []domain.Reviewable, have map[stratum]int) {
	have = map[stratum]int{}
	for i := range rapid.IntRange(1, 120).Draw(t, "findings") {
		r := domain.Reviewable{
			EntryID:    fmt.Sprintf("%03d", i),
			CountyCode: rapid.SampledFrom([]string{"330102", "330106", "330302"}).Draw(t, "county"),
			Code:       rapid.SampledFrom([]string{"B1", "B2", "B6", "B10"}).Draw(t, "code"),
		}
		all = append(all, r)
		have[stratum{r.CountyCode, r.Code}]++
	}
	return all, have
}

// The same seed draws the same sample, whatever order the findings come in; each stratum
// is in it as far as the size allows, and none has more than one above its share.
func TestASampleIsRepeatableAndCoversItsStrata(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, have := reviewables(t)
		size, seed := rapid.IntRange(1, 150).Draw(t, "size"), rapid.Int64().Draw(t, "seed")
		sample := domain.Draw(all, size, seed)
		again := domain.Draw(rapid.Permutation(all).Draw(t, "order"), size, seed)
		if !slices.Equal(sample, again) {
			t.Fatalf("one seed, two samples: %v, %v", sample, again)
		}
		want := min(size, len(all))
		taken, seen := map[stratum]int{}, map[string]bool{}
		for _, r := range sample {
			if seen[r.EntryID] || !slices.Contains(all, r) {
				t.Fatalf("%v is drawn twice, or from nowhere", r)
			}
			seen[r.EntryID] = true
			taken[stratum{r.CountyCode, r.Code}]++
		}
		if len(sample) != want || len(taken) != min(want, len(have)) {
			t.Fatalf("%d of %d drawn, %d of %d strata", len(sample), want, len(taken), len(have))
		}
		for s, n := range taken {
			if share := float64(want) * float64(have[s]) / float64(len(all)); n > 1 && float64(n) > share+1 {
				t.Fatalf("%v has %d, its share is %.2f", s, n, share)
			}
		}
	})
}

func TestAnotherSeedDrawsAnotherSample(t *testing.T) {
	var all []domain.Reviewable
	for i := range 100 {
		all = append(all, domain.Reviewable{EntryID: fmt.Sprintf("%03d", i), CountyCode: "330106", Code: "B1"})
	}
	if slices.Equal(domain.Draw(all, 10, 1), domain.Draw(all, 10, 2)) {
		t.Error("the seed makes no difference")
	}
}
