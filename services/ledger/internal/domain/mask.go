package domain

import "strings"

// MaskID hides all but the region prefix and the last four characters:
// 330102********1234. What is too short for that is hidden whole.
func MaskID(number string) string {
	runes := []rune(number)
	if len(runes) < 14 {
		return strings.Repeat("*", len(runes))
	}
	for i := 6; i < len(runes)-4; i++ {
		runes[i] = '*'
	}
	return string(runes)
}

// MaskStudentNumber hides a student-record number, which is a letter before the
// document number, in the same way.
func MaskStudentNumber(number string) string {
	if number == "" {
		return ""
	}
	first := []rune(number)[:1]
	return string(first) + MaskID(strings.TrimPrefix(number, string(first)))
}

const (
	// An address is shown as far as its county, which lies within the first
	// characters, else only a few of them.
	countyWithin = 12
	fewOfAddress = 6
	hidden       = "****"
)

// MaskAddress shows an address as far as its county: 浙江省杭州市西湖区****.
func MaskAddress(address string) string {
	runes := []rune(address)
	if len(runes) == 0 {
		return ""
	}
	shown := min(fewOfAddress, len(runes)/2)
	for i, r := range runes[:min(countyWithin, len(runes))] {
		if r == '区' || r == '县' || r == '市' {
			shown = i + 1
		}
	}
	return string(runes[:min(shown, len(runes)-1)]) + hidden
}
