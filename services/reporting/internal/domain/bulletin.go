package domain

import "time"

// Bulletin is what the month's circular says (DOMAIN §4), from its snapshot and, if there
// is one, the closed snapshot of the month before. It names regions and no child.
type Bulletin struct {
	// Issue is the version that is laid out.
	Issue  Issue
	Month  Month
	State  State
	Cutoff time.Time
	Number int64
	Digest string
	// Province over all sources.
	Province Standing
	// Cities and, below each, its counties; the province's own queue last.
	Cities []CityStanding
	Queue  Standing
	// Compared tells whether there is a month before to compare with: the province's row of
	// it is Before.
	Compared bool
	Before   Row
	// BySource are the province's rows, a source each.
	BySource []Row
	// Reported and Unreported are the counties by whether they reported of the month.
	Reported, Unreported []Region
	// Complete are counties at 100 %, Leading those of the first five ranks that are not
	// Behind, which is below the province's own rate, Silent those with children and no finding at all.
	Complete, Leading, Behind, Silent []Region
	// Overdue are counties with overdue entries.
	Overdue []Region
	// Corrections are those of the closed figures so far; the rows are as they were closed.
	Corrections []Correction
	// WorkKnown: the snapshot's definitions have overdue, closed, given back and duties;
	// WorkKnownBefore: so have those of the month before.
	WorkKnown, WorkKnownBefore bool
	// ReviewsKnown: they have what reviews came to, too.
	ReviewsKnown bool
	Reviews      []Reviewed
}

// Standing is a region's row, and by how much 已核查 grew since the month before.
type Standing struct {
	Row
	Since int64
}

// CityStanding is a city with its counties.
type CityStanding struct {
	Standing
	Counties []Standing
}

// leadingRanks share the bulletin's praise.
const leadingRanks = 5

// NewBulletin reads the rows of a snapshot; before may be empty.
func NewBulletin(rows, before []Row) Bulletin {
	b := Bulletin{Compared: len(before) > 0}
	earlier := map[string]int64{}
	for i := range before {
		if r := &before[i]; r.Source == AllSources {
			earlier[r.Region.Code] = r.A + r.B
			if r.Region.Level == LevelProvince {
				b.Before = *r
			}
		}
	}
	for i := range rows {
		r := rows[i]
		if r.Source != AllSources {
			if r.Region.Level == LevelProvince {
				b.BySource = append(b.BySource, r)
			}
			continue
		}
		standing := Standing{Row: r, Since: r.A + r.B - earlier[r.Region.Code]}
		switch r.Region.Level {
		case LevelProvince:
			b.Province = standing
		case LevelQueue:
			b.Queue = standing
		case LevelCity:
			b.Cities = append(b.Cities, CityStanding{Standing: standing})
		case LevelCounty:
			// A county follows its city in every table.
			city := &b.Cities[len(b.Cities)-1]
			city.Counties = append(city.Counties, standing)
			b.judge(&r)
		}
	}
	return b
}

func (b *Bulletin) judge(r *Row) {
	if r.Total == 0 {
		return
	}
	verified, all := r.A+r.B, b.Province
	if verified == r.Total {
		b.Complete = append(b.Complete, r.Region)
	}
	// At a month's beginning nearly all share the second rank, with nothing done.
	behind := verified*all.Total < (all.A+all.B)*r.Total
	switch {
	case behind:
		b.Behind = append(b.Behind, r.Region)
	case r.Rank <= leadingRanks && verified > 0:
		b.Leading = append(b.Leading, r.Region)
	}
	if verified+r.Unconfirmed == 0 {
		b.Silent = append(b.Silent, r.Region)
	}
	if r.Overdue > 0 {
		b.Overdue = append(b.Overdue, r.Region)
	}
}

// Report sorts the counties by whether they reported of the month.
func (b *Bulletin) Report(reports []CountyReport) {
	for _, r := range reports {
		switch {
		case r.State != NotReported:
			b.Reported = append(b.Reported, r.Region)
		case r.Total > 0:
			b.Unreported = append(b.Unreported, r.Region)
		}
	}
}

// Verified is 已核查.
func (r Row) Verified() int64 { return r.A + r.B }

// Rate is the row's share in a rate's column.
func (r Row) Rate(key string) string {
	f, ok := FigureOf(key)
	if !ok || f.Kind != RateFigure {
		return NoRate
	}
	return f.Rate(&r)
}
