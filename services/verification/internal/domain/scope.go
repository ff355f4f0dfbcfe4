package domain

// Scope limits what a caller sees: the entries whose county code lies from From to To,
// both included. The province's own queue has the empty code. The zero Scope sees
// nothing.
type Scope struct{ From, To string }

// WholeProvince sees every entry.
var WholeProvince = Scope{"", "999999"}

// EveryCounty is every entry but those of the province's own queue.
var EveryCounty = Scope{"000001", "999999"}

// Within is what both scopes have; where they have nothing in common, From is after To.
func (s Scope) Within(o Scope) Scope {
	return Scope{max(s.From, o.From), min(s.To, o.To)}
}

// Has reports whether a county, or the province's own queue, is within the scope.
func (s Scope) Has(county string) bool { return s.From <= county && county <= s.To }

// IsCounty reports whether a GB/T 2260 code is that of a county, by its form.
func IsCounty(code string) bool { return len(code) == 6 && code[4:] != "00" }
