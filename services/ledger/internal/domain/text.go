package domain

import (
	"strings"
	"unicode"
)

// Clean makes full-width letters, digits and signs half-width, turns line breaks
// and exotic spaces into spaces, drops what can't be seen, and trims. It keeps
// inner spaces. An apostrophe by which a spreadsheet takes what follows for a text
// is none of it.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		// Most of a ledger, and nothing in it to change: asked first, it saves the
		// tables of Unicode for the rest.
		case r > ' ' && r < 0x7f, r > '\u3000' && r <= '\u9fff':
			return r
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case unicode.IsSpace(r):
			return ' '
		// Directional marks come along when a number is copied from a phone.
		case unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return withoutTextSign(strings.TrimSpace(s))
}

// withoutTextSign drops the apostrophes before what a spreadsheet would else take for a number or a formula: they are
// typed before document numbers, and stand in our own exports as CSV.
func withoutTextSign(s string) string {
	if !strings.HasPrefix(s, "'") {
		return s
	}
	rest := strings.TrimLeft(s, "' ")
	if rest != "" && strings.ContainsRune("0123456789=+-@", rune(rest[0])) {
		return rest
	}
	return s
}

// Compact is Clean without any space: for names, numbers and column heads.
func Compact(s string) string { return strings.ReplaceAll(Clean(s), " ", "") }
