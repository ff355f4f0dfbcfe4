package domain

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// Province is the province whose ledger this is: Zhejiang.
const Province = "330000"

// RegionLevel of a region.
type RegionLevel int

// The levels.
const (
	LevelProvince RegionLevel = 1
	LevelCity     RegionLevel = 2
	LevelCounty   RegionLevel = 3
)

// Region is one administrative division.
type Region struct {
	Code, Name string
	Level      RegionLevel
	Parent     string
	// From is the first month it is valid, To the first it no longer is; both
	// yyyy-mm, empty for open.
	From, To   string
	Successors []string
}

// validIn reports whether the region is valid in a month, yyyy-mm.
func (r *Region) validIn(month string) bool {
	return (r.From == "" || r.From <= month) && (r.To == "" || month < r.To)
}

// Regions are all divisions with their history.
type Regions struct {
	// versions of a code in order of time; a renamed region has several.
	versions map[string][]*Region
	children map[string][]*Region
}

// ParseRegions reads the table of package reference.
func ParseRegions(tsv string) (*Regions, error) {
	all := &Regions{versions: map[string][]*Region{}}
	levels := map[string]RegionLevel{"province": LevelProvince, "city": LevelCity, "county": LevelCounty}
	lines := strings.Split(strings.TrimRight(tsv, "\n"), "\n")
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) == 7 && cells[0] == cells[3] {
			// A city without counties (东莞市 and the like) is listed a second time
			// as its own county.
			continue
		}
		if len(cells) != 7 || levels[cells[2]] == 0 || all.versions[cells[0]] != nil {
			return nil, fmt.Errorf("regions: line %d can't be read: %q", i+2, line)
		}
		r := &Region{Code: cells[0], Name: cells[1], Level: levels[cells[2]], Parent: cells[3], From: cells[4], To: cells[5]}
		if cells[6] != "" {
			r.Successors = strings.Split(cells[6], ",")
		}
		all.versions[r.Code] = []*Region{r}
	}
	for _, r := range all.each {
		for _, s := range r.Successors {
			if all.versions[s] == nil {
				return nil, fmt.Errorf("regions: %s has the unknown successor %s", r.Code, s)
			}
		}
	}
	all.arrange()
	return all, nil
}

// each yields every version of every region, in no order.
func (a *Regions) each(yield func(string, *Region) bool) {
	for code, versions := range a.versions {
		for _, r := range versions {
			if !yield(code, r) {
				return
			}
		}
	}
}

// arrange sorts the regions below their parents.
func (a *Regions) arrange() {
	a.children = map[string][]*Region{}
	for _, r := range a.each {
		a.children[r.Parent] = append(a.children[r.Parent], r)
	}
	for _, c := range a.children {
		sort.Slice(c, func(i, j int) bool { return c[i].Code < c[j].Code || c[i].Code == c[j].Code && c[i].From < c[j].From })
	}
}

// Get returns a region as it is last known, also an abolished one.
func (a *Regions) Get(code string) (Region, bool) {
	versions := a.versions[code]
	if len(versions) == 0 {
		return Region{}, false
	}
	return *versions[len(versions)-1], true
}

// At returns a region as it is in a month, yyyy-mm; outside of its time as it was
// last before, or will be first.
func (a *Regions) At(code, month string) (Region, bool) {
	versions := a.versions[code]
	if len(versions) == 0 {
		return Region{}, false
	}
	at := versions[0]
	for _, r := range versions {
		if r.From <= month {
			at = r
		}
	}
	return *at, true
}

// FullName is the name in a month with its ancestors'.
func (a *Regions) FullName(code, month string) string {
	r, ok := a.At(code, month)
	if !ok {
		return ""
	}
	return a.FullName(r.Parent, month) + r.Name
}

// Children lists a region's children as of a month, yyyy-mm, in order of code,
// with theirs after each if recursive.
func (a *Regions) Children(parent, month string, recursive bool) []Region {
	var list []Region
	for _, r := range a.children[parent] {
		if !r.validIn(month) {
			continue
		}
		list = append(list, *r)
		if recursive {
			list = append(list, a.Children(r.Code, month, true)...)
		}
	}
	return list
}

// Reason says why a code leads where it leads.
type Reason int

// The reasons, as the contract numbers them.
const (
	Current       Reason = 1
	Succeeded     Reason = 2
	Ambiguous     Reason = 3
	NotACounty    Reason = 4
	OtherProvince Reason = 5
	Unknown       Reason = 6
	Missing       Reason = 7
)

// Resolution says which of today's counties handles a code (DOMAIN §2).
type Resolution struct {
	// County is empty for the province's own queue.
	County     string
	Reason     Reason
	Candidates []string
}

// Resolve follows a code to the counties of a month, yyyy-mm.
func (a *Regions) Resolve(code, month string) Resolution {
	if code == "" {
		return Resolution{Reason: Missing}
	}
	r, ok := a.At(code, month)
	switch {
	case !ok:
		return Resolution{Reason: Unknown}
	case !strings.HasPrefix(code, Province[:2]):
		return Resolution{Reason: OtherProvince}
	case r.Level == LevelProvince:
		return Resolution{Reason: NotACounty}
	case r.Level == LevelCity:
		// Followed, not only listed: a prefecture that was abolished itself
		// (332500 丽水地区) has today's counties only behind its old ones.
		return Resolution{Reason: NotACounty, Candidates: a.today(a.children[code], month)}
	case r.validIn(month):
		return Resolution{County: code, Reason: Current}
	}
	candidates := a.today(a.versions[code], month)
	switch len(candidates) {
	case 0:
		return Resolution{Reason: Unknown}
	case 1:
		return Resolution{County: candidates[0], Reason: Succeeded}
	}
	return Resolution{Reason: Ambiguous, Candidates: candidates}
}

// today are the counties of a month that regions have become, in order of code.
func (a *Regions) today(regions []*Region, month string) []string {
	found, seen := map[string]bool{}, map[*Region]bool{}
	for _, r := range regions {
		a.follow(r, month, found, seen)
	}
	return slices.Sorted(maps.Keys(found))
}

// follow collects the valid counties at the ends of the chains of successors. A
// circle in the data would be an error of the data, not a reason to hang.
func (a *Regions) follow(r *Region, month string, found map[string]bool, seen map[*Region]bool) {
	if seen[r] {
		return
	}
	seen[r] = true
	if r.validIn(month) {
		if r.Level == LevelCounty {
			found[r.Code] = true
		}
		return
	}
	for _, s := range r.Successors {
		for _, next := range a.versions[s] {
			a.follow(next, month, found, seen)
		}
	}
}
