package domain

import (
	"strings"
	"unicode"
)

// saysNothing reports whether a text has neither a letter nor a digit. Spaces and characters that can't be seen
// come along when something is copied, and a sign alone names nobody: they fill no field.
func saysNothing(text string) bool { return !strings.ContainsFunc(text, telling) }

func telling(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
