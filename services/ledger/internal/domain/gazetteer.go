package domain

import (
	"regexp"
	"slices"
	"strings"
)

// County is one of today's counties.
type County struct {
	Code, Name string
	// City is the name of its city.
	City string
	// Since is the month from which there is the county, yyyy-mm; empty means always.
	Since string
}

// Gazetteer knows today's counties by name.
type Gazetteer struct {
	counties []County
	byCode   map[string]County
}

// NewGazetteer returns a gazetteer of counties.
func NewGazetteer(counties []County) *Gazetteer {
	g := &Gazetteer{counties: counties, byCode: make(map[string]County, len(counties))}
	for _, c := range counties {
		g.byCode[c.Code] = c
	}
	return g
}

// Has reports whether a code is a county's.
func (g *Gazetteer) Has(code string) bool {
	_, ok := g.byCode[code]
	return ok
}

// otherProvince begins an address in another province.
var otherProvince = regexp.MustCompile(`^(\p{Han}{2,3}省|\p{Han}{2,5}自治区|(北京|天津|上海|重庆)市|(香港|澳门)特别行政区)`)

const ownProvince = "浙江省"

// Named returns the counties that an address names. Where it names a city too, only
// those of the city; where it names another province, none: county names come twice.
func (g *Gazetteer) Named(address string) []string {
	address = Compact(address)
	if !strings.HasPrefix(address, ownProvince) && otherProvince.MatchString(address) {
		return nil
	}
	var named, inCity []string
	for _, c := range g.counties {
		if !strings.Contains(address, c.Name) {
			continue
		}
		named = append(named, c.Code)
		if c.City != "" && strings.Contains(address, c.City) {
			inCity = append(inCity, c.Code)
		}
	}
	if len(inCity) > 0 {
		return inCity
	}
	return named
}

// Why a county is suggested.
const (
	FromSuccessor = "REGION_SUCCESSOR"
	FromAddress   = "HOME_ADDRESS"
	FromNumber    = "ID_NUMBER_PREFIX"
)

// NumberPrefix is the region code that a document number begins with, "" when it is none.
func (r *Row) NumberPrefix() string {
	if isID18(r.IDNumber) || isID15(r.IDNumber) {
		return r.IDNumber[:6]
	}
	return ""
}

// Origin is where the code at the beginning of a document number leads today.
type Origin struct {
	// Counties are those of the province.
	Counties []string
	// Abroad is set for a code of another province.
	Abroad bool
}

// Suggest says which counties may be the row's, the likelier first: where the child
// lives, then where its number was given out.
func (g *Gazetteer) Suggest(r *Row, origin Origin) (suggestions []Suggestion) {
	add := func(codes []string, reason string) {
		for _, code := range codes {
			known := slices.ContainsFunc(suggestions, func(s Suggestion) bool { return s.CountyCode == code })
			if !known && g.Has(code) {
				suggestions = append(suggestions, Suggestion{CountyCode: code, Reason: reason})
			}
		}
	}
	add(g.home(r), FromAddress)
	add(origin.Counties, FromNumber)
	return suggestions
}

// home are the counties that the child's address names, or else its household's place.
func (g *Gazetteer) home(r *Row) []string {
	if named := g.Named(r.HomeAddress); len(named) > 0 {
		return named
	}
	return g.Named(r.HouseholdPlace)
}

// JudgeOrigin flags a row whose number was given out in another county than its address and
// its household's place name. Families move, so that this is a hint and no more.
func (g *Gazetteer) JudgeOrigin(r *Row, origin Origin) {
	if len(origin.Counties) == 0 && !origin.Abroad {
		return
	}
	// Most rows end here, before all counties are looked for.
	address := Compact(r.HomeAddress)
	for _, code := range origin.Counties {
		if c, ok := g.byCode[code]; ok && strings.Contains(address, c.Name) {
			return
		}
	}
	home := g.home(r)
	if len(home) == 0 {
		return
	}
	for _, code := range append(home, g.Named(r.HouseholdPlace)...) {
		if g.mayComeFrom(g.byCode[code], origin, r.born) {
			return
		}
	}
	r.Flags = append(r.Flags, FlagIDRegionMismatch)
}

// mayComeFrom reports whether a number that was given out to a child born then, and leads to
// origin, agrees with a county. One that there was not yet was a part of another of its city.
func (g *Gazetteer) mayComeFrom(c County, origin Origin, born string) bool {
	if slices.Contains(origin.Counties, c.Code) {
		return true
	}
	younger := c.Since != "" && (born == "" || c.Since > born[:len("2006-01")])
	return younger && slices.ContainsFunc(origin.Counties, func(code string) bool { return code[:4] == c.Code[:4] })
}
