package domain

import (
	"slices"
	"strings"
)

// County is one of today's counties.
type County struct{ Code, Name, City string }

// Gazetteer knows today's counties by name.
type Gazetteer struct {
	counties []County
	codes    map[string]bool
}

// NewGazetteer returns a gazetteer of counties; City is the name of the county's city.
func NewGazetteer(counties []County) *Gazetteer {
	g := &Gazetteer{counties: counties, codes: make(map[string]bool, len(counties))}
	for _, c := range counties {
		g.codes[c.Code] = true
	}
	return g
}

// Has reports whether a code is a county's.
func (g *Gazetteer) Has(code string) bool { return g.codes[code] }

// Named returns the counties that an address names. Where it names a city too, only
// those of the city.
func (g *Gazetteer) Named(address string) []string {
	address = Compact(address)
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
	if id18.MatchString(r.IDNumber) || id15.MatchString(r.IDNumber) {
		return r.IDNumber[:6]
	}
	return ""
}

// Suggest says which counties may be the row's, the likelier first: where the child
// lives, then where its number was given out, which leads to the counties given.
func (g *Gazetteer) Suggest(r *Row, fromNumber []string) (suggestions []Suggestion) {
	add := func(codes []string, reason string) {
		for _, code := range codes {
			known := slices.ContainsFunc(suggestions, func(s Suggestion) bool { return s.CountyCode == code })
			if !known && g.Has(code) {
				suggestions = append(suggestions, Suggestion{CountyCode: code, Reason: reason})
			}
		}
	}
	address := g.Named(r.HomeAddress)
	if len(address) == 0 {
		address = g.Named(r.HouseholdPlace)
	}
	add(address, FromAddress)
	add(fromNumber, FromNumber)
	return suggestions
}
