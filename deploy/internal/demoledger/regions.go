package demoledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"baoxue.internal/services/regionauth/reference"
)

// Levels of a Region.
const (
	LevelProvince = "province"
	LevelCity     = "city"
	LevelCounty   = "county"
)

// homePrefix starts every code of the province whose ledger this is.
const (
	homePrefix   = "33"
	homeProvince = "浙江省"
)

// Region is one administrative division as GB/T 2260 has it. ValidFrom and
// ValidTo are year-months; empty means open.
type Region struct {
	Code, Name, Level, Parent string
	ValidFrom, ValidTo        string
	Successors                []string
}

func (r *Region) open() bool { return r.ValidTo == "" }

func (r *Region) home() bool { return strings.HasPrefix(r.Code, homePrefix) }

// validAt tells whether the code could have been given out in month ("2010-03").
func (r *Region) validAt(month string) bool {
	return r.ValidFrom <= month && (r.ValidTo == "" || month < r.ValidTo)
}

// DefaultRegions returns a fresh copy of the reference divisions.
func DefaultRegions() []Region {
	regions, err := ParseRegions(reference.Regions)
	if err != nil {
		// The table is part of the binary and a test parses it.
		panic(err)
	}
	return regions
}

// ParseRegions reads the seven-column table of regions.tsv, header included.
func ParseRegions(tsv string) ([]Region, error) {
	lines := strings.Split(strings.TrimRight(tsv, "\n"), "\n")
	out := make([]Region, 0, len(lines))
	for n, line := range lines {
		if n == 0 {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 7 {
			return nil, fmt.Errorf("regions line %d: %d columns, want 7", n+1, len(f))
		}
		r := Region{Code: f[0], Name: f[1], Level: f[2], Parent: f[3], ValidFrom: f[4], ValidTo: f[5]}
		if f[6] != "" {
			r.Successors = strings.Split(f[6], ",")
		}
		out = append(out, r)
	}
	return out, nil
}

// atlas is the divisions sorted into the lists the generator draws from. The
// lists keep the table's order, never a map's, because draws must repeat.
type atlas struct {
	byCode       map[string]*Region
	today        []*Region // the province's counties of today
	cities       []*Region // its cities of today
	abolishedOne []*Region
	abolishedMny []*Region
	elsewhere    []*Region            // counties of other provinces
	unknown      []string             // codes that were never valid
	before       map[string][]*Region // county of today -> abolished codes that led to it
}

// splitFrom names the older code a county's children carry when the county was
// cut out of one that kept its own code, which successors cannot tell.
var splitFrom = map[string]string{"330113": "330110", "330114": "330109", "330383": "330327"}

func newAtlas(regions []Region) (*atlas, error) {
	a := &atlas{byCode: make(map[string]*Region, len(regions)), before: map[string][]*Region{}}
	for i := range regions {
		a.byCode[regions[i].Code] = &regions[i]
	}
	for i := range regions {
		a.sort(&regions[i])
	}
	for _, city := range a.cities {
		a.addUnknown(city.Code[:4] + "99")
	}
	for _, code := range []string{"339999", "990000", "999999"} {
		a.addUnknown(code)
	}
	if len(a.today) == 0 || len(a.cities) == 0 || len(a.abolishedOne) == 0 ||
		len(a.abolishedMny) == 0 || len(a.elsewhere) == 0 || len(a.unknown) == 0 {
		return nil, errors.New("the regions lack a kind of code the generator has to spoil with")
	}
	return a, nil
}

func (a *atlas) sort(r *Region) {
	switch {
	case r.Level == LevelCity && r.home() && r.open():
		a.cities = append(a.cities, r)
	case r.Level != LevelCounty:
	case !r.home():
		if r.open() {
			a.elsewhere = append(a.elsewhere, r)
		}
	case r.open():
		a.today = append(a.today, r)
	default:
		heirs := a.heirs(r.Code)
		for _, h := range heirs {
			a.before[h] = append(a.before[h], r)
		}
		switch {
		case len(heirs) == 1:
			a.abolishedOne = append(a.abolishedOne, r)
		case len(heirs) > 1:
			a.abolishedMny = append(a.abolishedMny, r)
		}
	}
}

func (a *atlas) addUnknown(code string) {
	if a.byCode[code] == nil {
		a.unknown = append(a.unknown, code)
	}
}

// heirs follows successors to the counties of today, each once.
func (a *atlas) heirs(code string) []string {
	var out []string
	seen := map[string]bool{}
	todo := []string{code}
	for len(todo) > 0 {
		c := todo[0]
		todo = todo[1:]
		r := a.byCode[c]
		if r == nil || seen[c] {
			continue
		}
		seen[c] = true
		if r.open() {
			if r.Level == LevelCounty && r.home() {
				out = append(out, c)
			}
			continue
		}
		todo = append(todo, r.Successors...)
	}
	slices.Sort(out)
	return out
}

// route is the notice's 由谁处理: the county of today a region code leads to,
// or "" for the province's own queue.
func (a *atlas) route(code string) string {
	r := a.byCode[code]
	if r == nil || r.Level != LevelCounty || !r.home() {
		return ""
	}
	if heirs := a.heirs(code); len(heirs) == 1 {
		return heirs[0]
	}
	return ""
}

// givenOutElsewhere tells whether a number with the prefix contradicts the child's address: the
// address names a county of today, and the prefix leads to none such. A county younger than
// the child was a part of another of its city, so that only another city contradicts it.
func (a *atlas) givenOutElsewhere(prefix string, c *child) bool {
	place := a.todayByName(c.place)
	if place == nil {
		return false
	}
	for _, heir := range a.heirs(prefix) {
		if heir == place.Code || heir[:4] == place.Code[:4] && place.ValidFrom > c.birth.Format("2006-01") {
			return false
		}
	}
	return true
}

// todayByName is the county of today with the name of a county of the province that may
// have lost its code but not its name.
func (a *atlas) todayByName(r *Region) *Region {
	for _, t := range a.today {
		if r.home() && t.Name == r.Name {
			return t
		}
	}
	return nil
}

// placeName is the region as an address begins with it. The names between a
// province and its counties that GB/T 2260 only fills a gap with are left out.
func (a *atlas) placeName(r *Region) string {
	var b strings.Builder
	if p := a.byCode[r.Code[:2]+"0000"]; p != nil {
		b.WriteString(p.Name)
	}
	if c := a.byCode[r.Parent]; c != nil && c.Level == LevelCity {
		switch c.Name {
		case "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划":
		default:
			b.WriteString(c.Name)
		}
	}
	b.WriteString(r.Name)
	return b.String()
}
