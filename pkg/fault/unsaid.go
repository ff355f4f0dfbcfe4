package fault

import (
	"strings"
	"unicode"
)

// Unsaid reports whether a text that has to be given says nothing: it has neither a letter nor a digit. Spaces and
// characters that can't be seen come along when something is copied, and a sign alone names nobody.
func Unsaid(text string) bool { return !strings.ContainsFunc(text, telling) }

func telling(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
