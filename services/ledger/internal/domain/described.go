package domain

import (
	"encoding/binary"
	"sort"
	"strings"
)

// Described are the fields by which one distribution describes a child otherwise than
// another, named as an entry's in the interface. The order is for ever: digests are kept
// in it.
var Described = []string{
	"birthDate", "householdPlace", "homeAddress", "inSchool", "nationalStudentNumber", "provincialSchool",
	"provincialStudentNumber", "provincialStudentStatus", "regionCode", "guardian", "phone", "extra",
}

// Description are the values of the described fields, in the order of Described.
func (r *Row) Description() []string {
	return []string{
		r.BirthDate, r.HouseholdPlace, r.HomeAddress, r.InSchool, r.NationalStudentNumber, r.ProvincialSchool,
		r.ProvincialStudentNumber, r.ProvincialStudentStatus, r.RegionCode, r.Guardian, r.Phone, r.extraText(),
	}
}

// extraText is the same for the same extra columns, and for no others.
func (r *Row) extraText() string {
	heads := make([]string, 0, len(r.Extra))
	for head := range r.Extra {
		heads = append(heads, head)
	}
	sort.Strings(heads)
	var text strings.Builder
	for _, head := range heads {
		for _, part := range []string{head, r.Extra[head]} {
			var n [8]byte
			binary.BigEndian.PutUint64(n[:], uint64(len(part)))
			text.Write(n[:])
			text.WriteString(part)
		}
	}
	return text.String()
}
