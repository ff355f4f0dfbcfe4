package domain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestCellsAreMadeComparable(t *testing.T) {
	for cell, want := range map[string]string{
		"王明":                  "王明",
		"\u3000王\n明\t":        "王 明",
		"ＡＢＣ－１２３":             "ABC-123",
		"a\u2003b":            "a b",
		"a\u202fb":            "a b",
		"王\u200b明\ufeff":      "王明",
		"\u202d王明\u202c":      "王明",
		"王\x00明\x07":          "王明",
		"文三路123号（东）":          "文三路123号(东)",
		"'330106201005061237": "330106201005061237",
		"＇１３８００００００００":        "13800000000",
		"'' '=1":              "=1",
		"'王明":                 "'王明",
		"3'0":                 "3'0",
		// A character with a variation selector is another character.
		"葛\U000E0100城": "葛\U000E0100城",
	} {
		if got := domain.Clean(cell); got != want {
			t.Errorf("%q: got %q, want %q", cell, got, want)
		}
	}
	if got := domain.Compact("王\u2003\u3000 明"); got != "王明" {
		t.Errorf("got %q", got)
	}
}

func checkText(t interface{ Fatalf(string, ...any) }, text string) {
	clean, compact := domain.Clean(text), domain.Compact(text)
	for name, made := range map[string]string{"Clean": clean, "Compact": compact} {
		// What PostgreSQL refuses would fail an import for one child's cell.
		if !utf8.ValidString(made) || strings.ContainsRune(made, 0) {
			t.Fatalf("%s(%q) = %q is no text", name, text, made)
		}
		if strings.TrimSpace(made) != made {
			t.Fatalf("%s(%q) = %q has spaces around it", name, text, made)
		}
	}
	if domain.Clean(clean) != clean || domain.Compact(compact) != compact || domain.Compact(clean) != compact {
		t.Fatalf("%q is cleaned only by cleaning twice: %q, %q", text, clean, compact)
	}
	if strings.ContainsFunc(compact, unicode.IsSpace) {
		t.Fatalf("Compact(%q) = %q has a space", text, compact)
	}
	if domain.Clean(fullWidth(clean)) != clean {
		t.Fatalf("%q written full-width reads %q", clean, domain.Clean(fullWidth(clean)))
	}
}
