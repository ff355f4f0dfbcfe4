package domain

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// An 18-digit number that went through a spreadsheet's number type: fifteen
// significant digits, the rest zeros, often in scientific notation.
var scientific = regexp.MustCompile(`^([0-9])(?:\.([0-9]+))?E\+?(1[0-9])$`)

// isID18 and isID15 tell the shapes of today's number and of that before 1999.
func isID18(number string) bool {
	return len(number) == 18 && digits(number[:17]) && (number[17] == 'X' || digits(number[17:]))
}

func isID15(number string) bool { return len(number) == 15 && digits(number) }

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idCheckDigits = "10X98765432"

// CheckDigit returns the GB 11643 check digit of the first 17 digits.
func CheckDigit(number string) byte {
	sum := 0
	for i, w := range idWeights {
		sum += int(number[i]-'0') * w
	}
	return idCheckDigits[sum%11]
}

// keptDigits are behind the point of a number that has kept its first fifteen digits: no
// day of birth ends in two zeros, and no more than one digit of the sequence is left.
const keptDigits = 12

// digitsOf writes a number in scientific notation out, if it has kept the digits that a
// spreadsheet keeps: the last three of eighteen have become zeros. lost tells that it was in
// that notation.
func digitsOf(number string) (written string, lost bool) {
	if strings.IndexByte(number, 'E') < 0 {
		return number, false
	}
	parts := scientific.FindStringSubmatch(number)
	if parts == nil || parts[3] != "17" || len(parts[2]) < keptDigits || len(parts[2]) > 17 {
		return number, parts != nil
	}
	return parts[1] + parts[2] + strings.Repeat("0", 17-len(parts[2])), true
}

// judgeID says what is odd in a document number and, if it carries one, its
// birth date as yyyy-mm-dd: two of them where it doesn't tell the century. lost: the number
// was stored as a spreadsheet's.
func judgeID(number string, lost bool) (flags []Flag, births []string) {
	switch {
	// 无, 不详, a dash or zeros stand for none; a name with one of them would not
	// tell a child from another.
	case !strings.ContainsAny(number, "123456789"):
		return []Flag{FlagIDMissing}, nil
	case isID15(number):
		flags = []Flag{FlagIDOld15}
		for _, century := range []string{"19", "20"} {
			if birth := birthDigits(century + number[6:12]); birth != "" {
				births = append(births, birth)
			}
		}
		if births == nil {
			flags = append(flags, FlagIDFormat)
		}
		return flags, births
	case lost && !isID18(number):
		return []Flag{FlagIDLostDigits}, nil
	case !isID18(number):
		return []Flag{FlagIDFormat}, nil
	}
	if birth := birthDigits(number[6:14]); birth != "" {
		births = []string{birth}
	} else {
		flags = append(flags, FlagIDFormat)
	}
	switch {
	case lost:
		flags = append(flags, FlagIDLostDigits)
	case number[17] == CheckDigit(number):
	case strings.HasSuffix(number, "000"):
		// Fifteen digits are what a spreadsheet's number keeps.
		flags = append(flags, FlagIDLostDigits)
	default:
		flags = append(flags, FlagIDChecksum)
	}
	return flags, births
}

func birthDigits(digits string) string {
	day, err := time.Parse("20060102", digits)
	if err != nil {
		return ""
	}
	return day.Format(time.DateOnly)
}

var dateShapes = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102",
	"2006-1-2 15:04:05", "2006/1/2 15:04:05", "2006-01-02T15:04:05Z",
}

// ReadDate reads a date as ledgers write it, Excel serials included, and returns
// yyyy-mm-dd. Years outside 1900 to 2100 are not dates of a child's life.
func ReadDate(text string) (string, bool) {
	for _, shape := range dateShapes {
		if day, err := time.Parse(shape, text); err == nil && day.Year() >= 1900 && day.Year() <= 2100 {
			return day.Format(time.DateOnly), true
		}
	}
	// 20,000 to 73,000 are the days from 1954 to 2099 in Excel's count, which
	// starts at 1899-12-30.
	if serial, err := strconv.ParseFloat(text, 64); err == nil && serial >= 20000 && serial <= 73000 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(serial)).Format(time.DateOnly), true
	}
	return "", false
}

var lastFour = regexp.MustCompile(`^[0-9]{3}[0-9Xx]$`)

// IsLastFour reports whether a text looks like the end of a document number.
func IsLastFour(text string) bool { return lastFour.MatchString(text) }

// LastFour is the end of a document number, by which a clerk may look for it.
func LastFour(number string) (last string, ok bool) {
	if len(number) < 15 {
		return "", false
	}
	last = number[len(number)-4:]
	return last, IsLastFour(last)
}
