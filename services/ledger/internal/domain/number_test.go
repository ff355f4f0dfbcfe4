package domain_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

// read reads one row of a ledger that has the given heads.
func read(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, heads, cells []string,
) domain.Row {
	t.Helper()
	header, ok := domain.ReadHeader(heads)
	if !ok {
		t.Fatalf("%q is no header", heads)
	}
	row, empty := domain.ReadRow(header, cells)
	if empty {
		t.Fatalf("%q is no row", cells)
	}
	return row
}

// childHeads are the columns that decide who a child is.
var childHeads = []string{"姓名", "证件号码", "出生日期"}

// The number of GB 11643's own example.
const exampleNumber = "11010519491231002X"

func TestTheCheckDigitIsThatOfGB11643(t *testing.T) {
	for _, number := range []string{
		exampleNumber, "440524188001010014",
		// One for each check digit, by the standard's table.
		"330102201001010020", "330102201001010071", "330102201001010012", "330102201001010063", "330102201001010004",
		"330102201001010055", "330102201001010186", "330102201001010047", "330102201001010098", "330102201001010039",
		"33010220100101008X",
	} {
		if got := domain.CheckDigit(number); got != number[17] {
			t.Errorf("%s: got %c", number, got)
		}
	}
}

// The standard's promise: it finds every wrong digit and every swap of neighbours.
func TestTheCheckDigitFindsAWrongDigitAndASwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := []byte(rapid.StringMatching(`[0-9]{17}`).Draw(t, "digits"))
		right := domain.CheckDigit(string(digits))
		i := rapid.IntRange(0, 16).Draw(t, "place")
		wrong := slices.Clone(digits)
		wrong[i] = byte('0' + (int(wrong[i]-'0')+rapid.IntRange(1, 9).Draw(t, "by"))%10)
		if domain.CheckDigit(string(wrong)) == right {
			t.Fatalf("%s and %s have one check digit", digits, wrong)
		}
		if i > 0 && digits[i] != digits[i-1] {
			swapped := slices.Clone(digits)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if domain.CheckDigit(string(swapped)) == right {
				t.Fatalf("%s and %s have one check digit", digits, swapped)
			}
		}
	})
}

// What ledgers write besides right and wrong numbers.
func TestTheEdgesOfADocumentNumber(t *testing.T) {
	for _, c := range []struct {
		name, cell, birth string
		stored            string
		want              []domain.Flag
	}{
		{"ending in X", exampleNumber, "1949-12-31", exampleNumber, nil},
		{"spaces and line breaks", "\u3000110105 19491231\n002X\u00a0", "1949-12-31", exampleNumber, nil},
		{"invisible characters", "\u202d110105\u200419491231002X\u202c", "1949-12-31", exampleNumber, nil},
		{"another province's prefix", "440524188001010014", "", "440524188001010014", []domain.Flag{domain.FlagBirthMissing}},
		{"X for a digit", "33010220100101007X", "2010-01-01", "33010220100101007X", []domain.Flag{domain.FlagIDChecksum}},
		{"two things odd", "330102201001010072", "2010-01-02", "330102201001010072", []domain.Flag{domain.FlagIDChecksum, domain.FlagBirthMismatch}},
		{"a date that never was, right check digit", "330102201002300070", "2010-02-28", "330102201002300070", []domain.Flag{domain.FlagIDFormat}},
		{"a date that never was, and a wrong one", "330102201002300071", "2010-02-28", "330102201002300071", []domain.Flag{domain.FlagIDFormat, domain.FlagIDChecksum}},

		{"15 digits", "330102100101007", "1910-01-01", "330102100101007", []domain.Flag{domain.FlagIDOld15}},
		{"15 digits of this century", "330102100101007", "2010-01-01", "330102100101007", []domain.Flag{domain.FlagIDOld15}},
		{"15 digits, another birth date", "330102980101123", "2010-01-01", "330102980101123", []domain.Flag{domain.FlagIDOld15, domain.FlagBirthMismatch}},
		{"15 digits, a date that never was", "330102981301123", "1998-01-01", "330102981301123", []domain.Flag{domain.FlagIDOld15, domain.FlagIDFormat}},

		{"its birth date is left", "330102201001012000", "2010-01-02", "330102201001012000", []domain.Flag{domain.FlagIDLostDigits, domain.FlagBirthMismatch}},
		{"a number cell as shown", "3.30102E+17", "2010-01-01", "3.30102E+17", []domain.Flag{domain.FlagIDLostDigits}},
		{"a number cell as stored", "3.30102201001012E+17", "2010-01-01", "330102201001012000", []domain.Flag{domain.FlagIDLostDigits}},
		{"its birth date is compared", "3.30102201001012E+17", "2010-01-02", "330102201001012000", []domain.Flag{domain.FlagIDLostDigits, domain.FlagBirthMismatch}},
		{"in lower case", "3.30102e17", "2010-01-01", "3.30102E17", []domain.Flag{domain.FlagIDLostDigits}},
		{"000 is right where the check digit says so", "330102201001016000", "2010-01-01", "330102201001016000", nil},

		{"a word for nothing", "无", "2010-01-01", "无", []domain.Flag{domain.FlagIDMissing}},
		{"a sign for nothing", "——", "2010-01-01", "——", []domain.Flag{domain.FlagIDMissing}},
		{"zeros for nothing", "000000000000000000", "2010-01-01", "000000000000000000", []domain.Flag{domain.FlagIDMissing}},
		{"too long", "3301022010010100711", "2010-01-01", "3301022010010100711", []domain.Flag{domain.FlagIDFormat}},
		{"X in the middle", "3301022010010X0071", "2010-01-01", "3301022010010X0071", []domain.Flag{domain.FlagIDFormat}},
		{"another document", "H12345678", "2010-01-01", "H12345678", []domain.Flag{domain.FlagIDFormat}},
		{"digits of another script", "٣٣٠١٠٢٢٠١٠٠١٠١٠٠٧1", "2010-01-01", "٣٣٠١٠٢٢٠١٠٠١٠١٠٠٧1", []domain.Flag{domain.FlagIDFormat}},
	} {
		t.Run(c.name, func(t *testing.T) {
			row := read(t, childHeads, []string{"王明", c.cell, c.birth})
			if row.IDNumber != c.stored {
				t.Errorf("stored %q", row.IDNumber)
			}
			if !slices.Equal(row.Flags, c.want) {
				t.Errorf("flags %v, want %v", row.Flags, c.want)
			}
		})
	}
}
