package demoledger

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The children are 5 to 17 years old on the day of the classification standard.
var (
	youngest = time.Date(2014, time.July, 1, 0, 0, 0, 0, time.UTC)
	oldest   = time.Date(2001, time.July, 2, 0, 0, 0, 0, time.UTC)
)

// child is what is said about one child, apart from how a row types it. A
// duplicate repeats the child; only the typing may differ.
type child struct {
	name             string // "" when NAME_MISSING
	home             *Region
	id               string // as written, half-width; "" when ID_MISSING
	idKind           Spoil  // "" when sound
	elsewhere        bool   // the number was given out in another county than the address's
	birth            time.Time
	birthKind        Spoil
	region           string
	regionKind       Spoil
	hukou, address   string
	place            *Region // that of the address
	guardian, phone  string
	phoneKind        Spoil
	national         string // 全国学籍号: G and the true number, even when 证件号码 is spoiled
	school, localNo  string
	status, enrolled string

	rows   [len(sources)]int // first row in each source, 0 for none
	typing [len(sources)]typing
}

// birthInID tells whether 证件号码 still holds a whole birth date: eighteen
// characters with digits 7 to 14 untouched.
func (c *child) birthInID() bool {
	return c.idKind == "" || c.idKind == IDChecksum || c.idKind == IDLostDigits
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// choose draws at most one of kinds, each with its share of the rows. within
// is the part of the rows the draw happens on, so that a kind that only some
// rows can carry still comes out at its documented share.
func choose(r *rand.Rand, within float64, kinds ...Spoil) Spoil {
	u := r.Float64() * within
	for _, k := range kinds {
		if u < part(k) {
			return k
		}
		u -= part(k)
	}
	return ""
}

// Parts of the rows that the conditional draws happen on.
var (
	freshPart      = 1 - part(Duplicate) - part(DuplicateOtherSource)
	withIDPart     = freshPart - part(IDMissing)
	withNamePart   = 1 - part(NameMissing)
	withBirthPart  = 1 - part(BirthMissing)
	comparablePart = withBirthPart * (1 - part(IDMissing) - part(IDTooShort) - part(IDOld15))
)

// newChild draws a child until its number, or for want of one its name and
// birth date, is nobody else's: a chance double would be a duplicate that the
// record does not know of.
func (g *generator) newChild() *child {
	for {
		c := g.drawChild()
		key := c.id
		if key == "" {
			key = c.name + "|" + c.birthText()
		}
		h := hash64(key)
		if _, taken := g.taken[h]; !taken {
			g.taken[h] = struct{}{}
			return c
		}
	}
}

func (g *generator) drawChild() *child {
	r := g.rand
	c := &child{home: pick(r, g.atlas.today)}
	surname := string(pick(r, surnames))
	c.name = surname + g.given()
	c.guardian = surname + g.given()
	days := int(youngest.Sub(oldest)/(24*time.Hour)) + 1
	c.birth = oldest.AddDate(0, 0, r.IntN(days))

	g.drawRegion(c)
	g.drawID(c)
	g.drawBirth(c)
	if c.idKind != IDMissing && choose(r, withIDPart, NameMissing) != "" {
		c.name = ""
	}
	g.drawPhone(c)
	g.drawSchool(c)
	return c
}

func (g *generator) given() string {
	s := string(pick(g.rand, givens))
	if g.rand.Float64() < 0.7 {
		s += string(pick(g.rand, givens))
	}
	return s
}

// drawRegion settles 区划代码 and the places that go with it. Where the code is
// of no use, the address still names a county: that is what the suggestions in
// the province's own queue are made of.
func (g *generator) drawRegion(c *child) {
	r, a := g.rand, g.atlas
	c.regionKind = choose(r, 1, RegionAbolishedOne, RegionAbolishedMany, RegionCityLevel,
		RegionUnknown, RegionMissing, RegionOtherProvince)
	named := c.home
	switch c.regionKind {
	case RegionAbolishedOne, RegionAbolishedMany:
		list := a.abolishedOne
		if c.regionKind == RegionAbolishedMany {
			list = a.abolishedMny
		}
		old := pick(r, list)
		c.region = old.Code
		c.home = a.byCode[pick(r, a.heirs(old.Code))]
		named = c.home
		if r.IntN(2) == 0 {
			named = old
		}
	case RegionCityLevel:
		c.region = c.home.Parent
	case RegionUnknown:
		c.region = pick(r, a.unknown)
	case RegionMissing:
	case RegionOtherProvince:
		other := pick(r, a.elsewhere)
		c.region = other.Code
		if r.IntN(2) == 0 {
			named = other
		}
	default:
		c.region = c.home.Code
	}
	c.place = named
	place := a.placeName(named)
	c.hukou = place
	if city := a.byCode[named.Parent]; city != nil && named.home() && r.IntN(2) == 0 {
		c.hukou = homeProvince + city.Name // the notice's own form
	}
	c.address = place + g.street()
}

func (g *generator) street() string {
	r := g.rand
	if r.IntN(2) == 0 {
		return fmt.Sprintf("%s%d号", pick(r, roads), 1+r.IntN(399))
	}
	return fmt.Sprintf("%s%s%d号", pick(r, towns), pick(r, villages), 1+r.IntN(199))
}

// idPrefix is the code the child's number begins with: mostly the code its
// county had in the month of birth, sometimes another county's or province's,
// since families move and numbers stay.
func (g *generator) idPrefix(c *child) string {
	r, a := g.rand, g.atlas
	switch u := r.Float64(); {
	case u < 0.03:
		return pick(r, a.elsewhere).Code
	case u < 0.10:
		return pick(r, a.today).Code
	}
	month := c.birth.Format("2006-01")
	if old := a.byCode[c.region]; old != nil && old.home() && old.Level == LevelCounty && old.validAt(month) {
		return old.Code
	}
	if c.home.validAt(month) {
		return c.home.Code
	}
	for _, old := range a.before[c.home.Code] {
		if old.validAt(month) {
			return old.Code
		}
	}
	if from, ok := splitFrom[c.home.Code]; ok {
		return from
	}
	return c.home.Code
}

func (g *generator) drawID(c *child) {
	r := g.rand
	c.idKind = choose(r, 1, IDChecksum, IDLostDigits, IDTooShort, IDOld15)
	// Only fresh children can lack a number, so that share has its own draw.
	if choose(r, freshPart, IDMissing) != "" {
		c.idKind = IDMissing
	}
	prefix := g.idPrefix(c)
	id := idNumber(prefix, c.birth, 1+r.IntN(999))
	for c.idKind == IDLostDigits && id[17] == 'X' {
		// A spreadsheet takes only digits for a number.
		id = idNumber(prefix, c.birth, 1+r.IntN(999))
	}
	c.national = "G" + id
	c.elsewhere = c.idKind != IDMissing && c.idKind != IDTooShort && g.atlas.givenOutElsewhere(prefix, c)
	c.id = g.spoilID(id, c.idKind)
	for c.idKind == IDChecksum && strings.HasSuffix(c.id, "000") {
		// That is what lost digits look like.
		c.id = g.spoilID(id, c.idKind)
	}
}

func (g *generator) spoilID(id string, kind Spoil) string {
	r := g.rand
	switch kind {
	case IDChecksum:
		// Either the check digit or one digit of the sequence is mistyped; the
		// birth date is left alone, its contradictions are a kind of their own.
		if r.IntN(2) == 0 {
			at := strings.IndexByte("0123456789X", id[17])
			return id[:17] + string("0123456789X"[(at+1+r.IntN(10))%11])
		}
		b := []byte(id)
		at := 14 + r.IntN(3)
		b[at] = '0' + (b[at]-'0'+byte(1+r.IntN(9)))%10
		return string(b)
	case IDLostDigits:
		return id[:15] + "000"
	case IDMissing:
		return ""
	case IDTooShort:
		switch r.IntN(4) {
		case 0:
			return id[:16]
		case 1:
			return id[:12]
		case 2:
			at := 6 + r.IntN(11)
			return id[:at] + id[at+1:]
		}
		return id[:17]
	case IDOld15:
		return id[:6] + id[8:17]
	default:
		return id
	}
}

// drawBirth settles 出生日期. A contradicting date stays within the ages, as it
// would in a real ledger: only the comparison shows it.
func (g *generator) drawBirth(c *child) {
	r := g.rand
	if choose(r, 1, BirthMissing) != "" {
		c.birthKind = BirthMissing
		return
	}
	if !c.birthInID() || choose(r, comparablePart, BirthMismatch) == "" {
		return
	}
	c.birthKind = BirthMismatch
	for {
		var d time.Time
		switch r.IntN(3) {
		case 0:
			d = c.birth.AddDate(r.IntN(17)-8, 0, 0)
		case 1:
			d = c.birth.AddDate(0, 0, r.IntN(61)-30)
		default: // day and month swapped
			d = time.Date(c.birth.Year(), time.Month(c.birth.Day()%12+1), int(c.birth.Month()), 0, 0, 0, 0, time.UTC)
		}
		if !d.Equal(c.birth) && !d.Before(oldest) && !d.After(youngest) {
			c.birth = d
			return
		}
	}
}

func (c *child) birthText() string {
	if c.birthKind == BirthMissing {
		return ""
	}
	return c.birth.Format("2006-1-2")
}

// drawPhone leaves one phone in twelve blank, which is no spoiling.
func (g *generator) drawPhone(c *child) {
	r := g.rand
	if choose(r, 1, PhoneOdd) != "" {
		c.phone, c.phoneKind = pick(r, oddPhones), PhoneOdd
		return
	}
	if r.IntN(12) != 0 {
		c.phone = g.mobile()
	}
}

func (g *generator) mobile() string {
	return fmt.Sprintf("1%d%09d", 3+g.rand.IntN(7), g.rand.IntN(1_000_000_000))
}

// drawSchool gives the child the student record it would have in the national
// source; the other two sources leave those columns blank.
func (g *generator) drawSchool(c *child) {
	r := g.rand
	c.school = c.home.Name + pick(r, schools)
	c.localNo = fmt.Sprintf("%s%04d%06d", c.home.Code, 2008+r.IntN(11), r.IntN(1_000_000))
	c.status = pick(r, statuses)
	c.enrolled = "否"
	if r.IntN(33) == 0 {
		c.enrolled = "是"
	}
}
