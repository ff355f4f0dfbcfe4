package domain

import "strings"

// Clean makes full-width letters, digits and signs half-width, turns line breaks
// and exotic spaces into spaces, and trims. It keeps inner spaces.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000' || r == '\u00a0' || r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r == '\u200b' || r == '\ufeff':
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// Compact is Clean without any space: for names, numbers and column heads.
func Compact(s string) string { return strings.ReplaceAll(Clean(s), " ", "") }
