package domain

import (
	"cmp"
	"slices"
	"time"

	"baoxue.internal/pkg/fault"
)

// Difference is one count of a closed month that came out otherwise.
type Difference struct {
	Region        Region
	Source        Source
	Figure        string
	Before, After int64
}

// Correction is what arrived after a month's close and happened before its cut-off (更正): it
// never changes the closed figures (DOMAIN §4).
type Correction struct {
	// Number counts the corrections of a month from 1.
	Number int
	// Snapshot is the number of the closed figures that it corrects.
	Snapshot int64
	// Digest is that of the figures as corrected, as if the month had been closed with them.
	Digest      string
	Sequence    uint64
	Reason      string
	Author      string
	At          time.Time
	Differences []Difference
}

// ErrNothingToCorrect is returned when the events say what is closed and corrected already.
var ErrNothingToCorrect = fault.New(fault.Precondition, "NOTHING_TO_CORRECT", "重新汇总的结果与已结账数据（含已有更正）一致，没有需要更正的内容")

type place struct {
	region string
	source Source
	figure string
}

// Differences are the counts in which two tables differ, the first corrected by what is
// corrected already. A row that a table lacks is one of nothing; columns that the closed figures
// don't have, by the definitions they were made by, are left out.
func Differences(closed []Row, definitions int, corrections []Correction, now []Row) []Difference {
	before, after, regions := counts(closed, definitions), counts(now, definitions), map[string]Region{}
	for _, table := range [][]Row{closed, now} {
		for i := range table {
			regions[table[i].Region.Code] = table[i].Region
		}
	}
	for _, c := range corrections {
		for _, d := range c.Differences {
			before[place{d.Region.Code, d.Source, d.Figure}] = d.After
		}
	}
	var differences []Difference
	for at := range union(before, after) {
		if before[at] != after[at] {
			differences = append(differences, Difference{
				Region: regions[at.region], Source: at.source, Figure: at.figure, Before: before[at], After: after[at],
			})
		}
	}
	slices.SortFunc(differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Region.Code, b.Region.Code), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Figure, b.Figure))
	})
	return differences
}

func counts(table []Row, definitions int) map[place]int64 {
	all := map[place]int64{}
	for i := range table {
		r := &table[i]
		for _, f := range Figures {
			if f.Kind == CountFigure && f.Since <= definitions {
				all[place{r.Region.Code, r.Source, f.Key}] = f.Count(r)
			}
		}
	}
	return all
}

func union(a, b map[place]int64) map[place]bool {
	places := make(map[place]bool, len(a))
	for at := range a {
		places[at] = true
	}
	for at := range b {
		places[at] = true
	}
	return places
}
