package domain

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Reviewable is a B finding that may be drawn for review.
type Reviewable struct{ EntryID, CountyCode, Code string }

// Draw takes a sample of at most size findings, stratified by county × code: as long as
// size allows it, every stratum is in it, and beyond that each in proportion to what it
// has. The same seed and the same findings give the same sample, in whatever order they
// come.
func Draw(from []Reviewable, size int, seed int64) []Reviewable {
	strata := stratify(from)
	random := rand.New(rand.NewPCG(uint64(seed), uint64(len(from))))
	for _, s := range strata {
		random.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	}
	random.Shuffle(len(strata), func(i, j int) { strata[i], strata[j] = strata[j], strata[i] })
	take := allot(strata, min(size, len(from)), len(from))
	drawn := make([]Reviewable, 0, size)
	for i, s := range strata {
		drawn = append(drawn, s[:take[i]]...)
	}
	slices.SortFunc(drawn, func(a, b Reviewable) int { return cmp.Compare(a.EntryID, b.EntryID) })
	return drawn
}

func stratify(from []Reviewable) (strata [][]Reviewable) {
	sorted := slices.Clone(from)
	slices.SortFunc(sorted, func(a, b Reviewable) int {
		return cmp.Or(cmp.Compare(a.CountyCode, b.CountyCode), cmp.Compare(a.Code, b.Code), cmp.Compare(a.EntryID, b.EntryID))
	})
	for i, r := range sorted {
		if i == 0 || sorted[i-1].CountyCode != r.CountyCode || sorted[i-1].Code != r.Code {
			strata = append(strata, nil)
		}
		last := len(strata) - 1
		strata[last] = append(strata[last], r)
	}
	return strata
}

// allot gives each stratum one, in their order, then what is left to whichever is
// furthest below its share.
func allot(strata [][]Reviewable, size, total int) []int {
	take := make([]int, len(strata))
	for i := range min(size, len(strata)) {
		take[i] = 1
	}
	for range size - min(size, len(strata)) {
		best, lack := -1, 0.0
		for i, s := range strata {
			if take[i] == len(s) {
				continue
			}
			if l := float64(size)*float64(len(s))/float64(total) - float64(take[i]); best < 0 || l > lack {
				best, lack = i, l
			}
		}
		take[best]++
	}
	return take
}
