// Package mask hides what nobody may read by the way.
package mask

import (
	"regexp"
	"strings"
)

var longNumber = regexp.MustCompile(`[0-9]{7,}[Xx]?`)

// Numbers hides the middle of every long number in a text: phones, documents and
// accounts that nobody foresaw.
func Numbers(text string) string {
	return longNumber.ReplaceAllStringFunc(text, func(number string) string {
		return number[:3] + strings.Repeat("*", len(number)-5) + number[len(number)-2:]
	})
}
