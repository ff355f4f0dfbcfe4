package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// Source is the data category, 数据类别 (notice §二); 0 when a file names none.
type Source int16

// The sources.
const (
	SourceUnspecified             Source = 0
	SourceNationalSuspected       Source = 1
	SourcePopulationWithoutRecord Source = 2
	SourcePovertyUnmatched        Source = 3
)

// ReadSource recognises the category by the words that only it has; files write
// it as a number, a sentence of the notice or a short form.
func ReadSource(text string) (Source, bool) {
	text = Compact(text)
	switch {
	case text == "1", strings.Contains(text, "疑似辍学"), text == "NATIONAL_SUSPECTED":
		return SourceNationalSuspected, true
	case text == "3", strings.Contains(text, "建档立卡"), text == "POVERTY_UNMATCHED":
		return SourcePovertyUnmatched, true
	case text == "2", strings.Contains(text, "无学籍"), text == "POPULATION_WITHOUT_RECORD":
		return SourcePopulationWithoutRecord, true
	}
	return SourceUnspecified, false
}

// Row is one row of a distributed file, made comparable and judged.
type Row struct {
	SerialNumber            string
	PersonName              string
	BirthDate               string
	IDNumber                string
	HouseholdPlace          string
	HomeAddress             string
	InSchool                string
	NationalStudentNumber   string
	ProvincialSchool        string
	ProvincialStudentNumber string
	ProvincialStudentStatus string
	RegionCode              string
	Source                  Source
	Guardian                string
	Phone                   string
	Extra                   map[string]string
	Flags                   []Flag
	// born is the day that the number tells, yyyy-mm-dd; empty when it tells none.
	born string
	// incomplete: number and name alone do not tell the child from another.
	incomplete bool
}

// ReadRow reads the cells below a header. empty is true for a row that says nothing
// of any child.
func ReadRow(h *Header, cells []string) (r Row, empty bool) {
	if !h.says(cells) {
		return Row{}, true
	}
	get := func(c Column) string { return Clean(h.cell(cells, c)) }
	r = Row{
		SerialNumber: get(ColSerialNumber), PersonName: Compact(h.cell(cells, ColPersonName)),
		BirthDate: get(ColBirthDate), IDNumber: strings.ToUpper(Compact(h.cell(cells, ColIDNumber))),
		HouseholdPlace: get(ColHouseholdPlace), HomeAddress: get(ColHomeAddress), InSchool: get(ColInSchool),
		NationalStudentNumber: get(ColNationalStudentNumber), ProvincialSchool: get(ColProvincialSchool),
		ProvincialStudentNumber: get(ColProvincialStudentNumber), ProvincialStudentStatus: get(ColProvincialStudentStatus),
		RegionCode: Compact(h.cell(cells, ColRegionCode)), Guardian: get(ColGuardian), Phone: get(ColPhone),
		Extra: map[string]string{},
	}
	for i, cell := range cells {
		if value := Clean(cell); value != "" {
			if name, ok := h.extraName(i); ok {
				r.Extra[name] = value
			}
		}
	}
	r.judge(Clean(h.cell(cells, ColSource)))
	return r, false
}

func (r *Row) judge(source string) {
	var lost bool
	r.IDNumber, lost = digitsOf(r.IDNumber)
	idFlags, births := judgeID(r.IDNumber, lost)
	r.Flags = append(r.Flags, idFlags...)
	if len(births) > 0 {
		r.born = births[len(births)-1]
	}
	for _, f := range idFlags {
		if f == FlagIDMissing || f == FlagIDLostDigits {
			r.incomplete = true
		}
	}
	if r.PersonName == "" {
		r.Flags = append(r.Flags, FlagNameMissing)
		r.incomplete = true
	}
	if r.BirthDate == "" {
		r.Flags = append(r.Flags, FlagBirthMissing)
	} else if day, ok := ReadDate(r.BirthDate); !ok {
		r.Flags = append(r.Flags, FlagBirthUnreadable)
	} else {
		r.BirthDate = day
		if len(births) > 0 && !slices.Contains(births, day) {
			r.Flags = append(r.Flags, FlagBirthMismatch)
		}
	}
	// A file without the column, like the notice's own table, names no source at
	// all: nothing is odd about its rows. A value that can't be read is.
	var ok bool
	if r.Source, ok = ReadSource(source); !ok && source != "" {
		r.Flags = append(r.Flags, FlagSourceUnknown)
		// Kept, so that a person can still tell what it was meant to be.
		r.Extra[headSource] = source
	}
}

// IdentityKey is the same for every row of one child: same source, document
// number and name (DOMAIN §2). Where number or name is missing or mutilated the
// description has to help, and seen, the number of equal rows before it in the
// file, keeps children apart that nothing else tells apart.
func (r *Row) IdentityKey(seen int) [32]byte {
	parts := []string{r.IDNumber, r.PersonName}
	if r.incomplete {
		parts = append(parts, r.BirthDate, r.HouseholdPlace, r.HomeAddress, r.NationalStudentNumber,
			r.ProvincialStudentNumber, r.RegionCode)
	}
	return digest(int(r.Source), seen, parts)
}

// Likeness is the same for rows that may be of one child: those of one key, and those of one
// name whose numbers agree as far as a spreadsheet has kept them.
func (r *Row) Likeness() [32]byte {
	if r.incomplete && r.PersonName != "" && isID18(r.IDNumber) {
		return digest(int(r.Source), 0, []string{r.IDNumber, r.PersonName})
	}
	return r.IdentityKey(0)
}

// Incomplete reports whether IdentityKey needs more than number and name.
func (r *Row) Incomplete() bool { return r.incomplete }

// ContentDigest changes when a descriptive column changes. 序号 is left out: it
// numbers the file, not the child.
func (r *Row) ContentDigest() [32]byte {
	parts := []string{
		r.BirthDate, r.HouseholdPlace, r.HomeAddress, r.InSchool, r.NationalStudentNumber, r.ProvincialSchool,
		r.ProvincialStudentNumber, r.ProvincialStudentStatus, r.RegionCode, r.Guardian, r.Phone,
	}
	heads := make([]string, 0, len(r.Extra))
	for head := range r.Extra {
		heads = append(heads, head)
	}
	sort.Strings(heads)
	for _, head := range heads {
		parts = append(parts, head, r.Extra[head])
	}
	return digest(int(r.Source), 0, parts)
}

// digest hashes length-prefixed parts, so that no two lists look alike.
func digest(a, b int, parts []string) (sum [32]byte) {
	h := sha256.New()
	var n [8]byte
	for _, number := range []int{a, b, len(parts)} {
		binary.BigEndian.PutUint64(n[:], uint64(number))
		h.Write(n[:])
	}
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return [32]byte(h.Sum(nil))
}
