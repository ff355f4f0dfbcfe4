package demoledger

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"
)

// typing is how one row writes a child down: everything that may differ
// between two rows of the same child without saying anything else.
type typing struct {
	name   string
	spaces bool

	dateKind Spoil
	date     any // string, or dateSerial for a date serial

	wide              bool
	id, region, phone string
	lost              lostForm
	category          string
}

type (
	dateSerial struct {
		days   int
		styled bool // shown as a date rather than as a bare number
	}
	// lostForm is how a number stored as a number stands in the file.
	lostForm int
)

const (
	lostPlain      lostForm = iota // 330102201003070000, format "0"
	lostGeneral                    // the same digits, shown as 3.30102E+17
	lostScientific                 // 3.30102201003070E+17 in the file itself
	lostForms
)

func (g *generator) newTyping(c *child, source int) typing {
	r := g.rand
	t := typing{name: c.name, id: c.id, region: c.region, phone: c.phone}
	if c.name != "" && choose(r, withNamePart, NameSpaces) != "" {
		t.spaces = true
		t.name = straySpaces(r, c.name)
	}
	g.typeDate(c, &t)
	if choose(r, 1, FullWidth) != "" {
		t.wide = widen(r, c, &t)
	}
	t.lost = lostForm(r.IntN(int(lostForms)))
	t.category = sources[source].short
	if r.Float64() < longSourcePart {
		t.category = sources[source].long
	}
	return t
}

func straySpaces(r *rand.Rand, name string) string {
	space := pick(r, []string{" ", " ", "　", "　", "\n", "  "})
	switch r.IntN(4) {
	case 0:
		return space + name
	case 1:
		return name + space
	}
	_, first := utf8.DecodeRuneInString(name)
	return name[:first] + space + name[first:]
}

var excelEpoch = time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)

func (g *generator) typeDate(c *child, t *typing) {
	r := g.rand
	if c.birthKind == BirthMissing {
		return
	}
	t.date = c.birthText()
	t.dateKind = choose(r, withBirthPart, DateAsSerial, DateAsTextVariants)
	if t.dateKind == DateAsSerial {
		t.date = dateSerial{days: int(c.birth.Sub(excelEpoch) / (24 * time.Hour)), styled: r.IntN(2) == 0}
	}
	if t.dateKind == DateAsTextVariants {
		t.date = c.birth.Format(pick(r, []string{"2006/1/2", "2006年1月2日", "20060102", "2006.1.2"}))
	}
}

// widen writes one of the three columns in full-width characters, whole or
// from some place on. A column that is blank, or a number, cannot be.
func widen(r *rand.Rand, c *child, t *typing) bool {
	var can []*string
	if c.id != "" && c.idKind != IDLostDigits {
		can = append(can, &t.id, &t.id)
	}
	if c.region != "" {
		can = append(can, &t.region)
	}
	if c.phone != "" && c.phoneKind == "" {
		can = append(can, &t.phone)
	}
	if len(can) == 0 {
		return false
	}
	cell := pick(r, can)
	from := 0
	if r.IntN(2) == 0 {
		from = r.IntN(len(*cell))
	}
	*cell = (*cell)[:from] + wide((*cell)[from:])
	return true
}

func wide(s string) string {
	return strings.Map(func(c rune) rune { return c - '!' + '！' }, s)
}

// spoils lists what the row shows, in the order of Shares. doubled is
// Duplicate, DuplicateOtherSource or "".
func (t *typing) spoils(c *child, doubled Spoil) []Spoil {
	var out []Spoil
	has := map[Spoil]bool{
		c.idKind: true, c.birthKind: true, c.regionKind: true, c.phoneKind: true,
		t.dateKind: true, doubled: true,
		IDElsewhere: c.elsewhere, NameMissing: c.name == "", NameSpaces: t.spaces, FullWidth: t.wide,
	}
	for _, s := range shares {
		if has[s.Kind] {
			out = append(out, s.Kind)
		}
	}
	return out
}

// vary changes what a later listing of the same child often changes, and
// nothing that a kind of spoiling or the routing depends on.
func (g *generator) vary(c *child) {
	r := g.rand
	switch r.IntN(3) {
	case 0:
		c.address += fmt.Sprintf("%d室", 101+100*r.IntN(6)+r.IntN(4))
	case 1:
		if c.guardian != "" {
			_, first := utf8.DecodeRuneInString(c.guardian)
			c.guardian = c.guardian[:first] + g.given()
		}
	default:
		if c.phoneKind == "" {
			c.phone = g.mobile()
		}
	}
}
