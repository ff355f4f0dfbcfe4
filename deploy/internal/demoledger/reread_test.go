package demoledger

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// sheet is a workbook as an importer sees it: raw values, and which are numbers.
type sheet struct {
	head   []string
	rows   [][]string
	number func(col string, row int) bool
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func reread(t failer, book []byte) sheet {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if got := f.GetSheetList(); !slices.Equal(got, []string{"控辍保学工作台账"}) {
		t.Fatalf("sheets %q", got)
	}
	all, err := f.GetRows("控辍保学工作台账")
	if err != nil {
		t.Fatalf("rows: %v", err)
	}
	s := sheet{head: all[0], rows: all[1:]}
	for i := range s.rows {
		for len(s.rows[i]) < len(s.head) {
			s.rows[i] = append(s.rows[i], "")
		}
	}
	s.number = func(col string, row int) bool {
		typ, err := f.GetCellType("控辍保学工作台账", col+strconv.Itoa(row))
		if err != nil {
			t.Fatalf("type: %v", err)
		}
		return typ == excelize.CellTypeNumber || typ == excelize.CellTypeUnset
	}
	return s
}

var (
	reMobile = regexp.MustCompile(`^1[3-9]\d{9}$`)
	rePlain  = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	reWide   = regexp.MustCompile(`[\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}]`)
	reSpace  = regexp.MustCompile(`[\s\x{3000}]`)
)

func narrow(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 0xFF01 && c <= 0xFF5E {
			return c - 0xFEE0
		}
		return c
	}, s)
}

// weighted is the published table of GB 11643's weights, not the generator's loop.
func weighted(id string) bool {
	w := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, k := range w {
		sum += k * int(id[i]-'0')
	}
	return id[17] == "10X98765432"[sum%11]
}

var birthLayouts = []string{"2006-1-2", "2006/1/2", "2006年1月2日", "20060102", "2006.1.2"}

func parseBirth(t failer, raw string, number bool) time.Time {
	t.Helper()
	if number {
		days, err := strconv.Atoi(raw)
		if err != nil {
			t.Fatalf("serial %q", raw)
		}
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	}
	for _, l := range birthLayouts {
		if d, err := time.Parse(l, raw); err == nil {
			return d
		}
	}
	t.Fatalf("unreadable birth date %q", raw)
	return time.Time{}
}

// elsewhere tells whether a number's code never belonged to the county that an address names.
func elsewhere(regions map[string]Region, id, address string) bool {
	living := Region{}
	for code, r := range regions {
		if strings.HasPrefix(address, "浙江省") && strings.HasPrefix(code, "33") && r.Level == LevelCounty && r.ValidTo == "" &&
			strings.Contains(address, r.Name) {
			living = r
		}
	}
	if living.Code == "" {
		return false
	}
	born := id[6:10] + "-" + id[10:12]
	if len(id) == 15 {
		born = "20" + id[6:8] + "-" + id[8:10]
	}
	var reaches func(code string) bool
	reaches = func(code string) bool {
		r, known := regions[code]
		if !known || r.ValidTo == "" {
			return code == living.Code || living.ValidFrom > born && code[:4] == living.Code[:4]
		}
		return slices.ContainsFunc(r.Successors, reaches)
	}
	return !reaches(id[:6])
}

// judge finds out from the cells alone what the record should say. It shares
// no code with the generator except the kinds' names.
func judge(t failer, s sheet) []Line {
	t.Helper()
	regions := map[string]Region{}
	for _, r := range DefaultRegions() {
		regions[r.Code] = r
	}
	seen := map[string]map[Source]int{}
	lines := make([]Line, len(s.rows))
	for i, c := range s.rows {
		row := i + 2
		line := Line{Row: row}
		has := map[Spoil]bool{}

		for _, src := range sources {
			if c[13] == src.short || c[13] == src.long {
				line.Source = src.source
			}
		}

		id := narrow(c[3])
		idNumeric := id != "" && s.number("D", row)
		if idNumeric {
			v, err := strconv.ParseFloat(id, 64)
			if err != nil {
				t.Fatalf("row %d: %v", row, err)
			}
			digits := strconv.FormatFloat(v, 'E', 14, 64)
			id = strings.Replace(digits[:strings.IndexByte(digits, 'E')], ".", "", 1) + "000"
		}
		switch {
		case id == "":
			has[IDMissing] = true
		case idNumeric:
			has[IDLostDigits] = true
		case len(id) == 15:
			has[IDOld15] = true
		case len(id) < 18:
			has[IDTooShort] = true
		case !weighted(id):
			has[IDChecksum] = true
		}

		if c[2] == "" {
			has[BirthMissing] = true
		} else {
			num := s.number("C", row)
			has[DateAsSerial] = num
			has[DateAsTextVariants] = !num && !rePlain.MatchString(c[2])
			b := parseBirth(t, c[2], num)
			has[BirthMismatch] = len(id) == 18 && id[6:14] != b.Format("20060102")
			if b.Before(time.Date(2001, 7, 2, 0, 0, 0, 0, time.UTC)) || b.After(time.Date(2014, 7, 1, 0, 0, 0, 0, time.UTC)) {
				t.Fatalf("row %d: born %s", row, b)
			}
		}

		code := narrow(c[12])
		r, known := regions[code]
		switch {
		case code == "":
			has[RegionMissing] = true
		case !known:
			has[RegionUnknown] = true
		case r.Level != LevelCounty:
			has[RegionCityLevel] = true
		case !strings.HasPrefix(code, "33"):
			has[RegionOtherProvince] = true
		case r.ValidTo == "":
			line.RoutedTo = code
		case len(r.Successors) == 1:
			has[RegionAbolishedOne] = true
			line.RoutedTo = r.Successors[0]
		default:
			has[RegionAbolishedMany] = true
		}

		has[IDElsewhere] = (len(id) == 15 || len(id) == 18) && elsewhere(regions, id, c[5])
		has[NameMissing] = c[1] == ""
		has[NameSpaces] = reSpace.MatchString(c[1])
		has[FullWidth] = reWide.MatchString(c[3] + c[12] + c[15])
		has[PhoneOdd] = c[15] != "" && !reMobile.MatchString(narrow(c[15]))

		if name := reSpace.ReplaceAllString(c[1], ""); name != "" && id != "" {
			key := id + "|" + name
			if seen[key] == nil {
				seen[key] = map[Source]int{}
			}
			if first, ok := seen[key][line.Source]; ok {
				has[Duplicate], line.DuplicateOf = true, first
			} else {
				for _, n := range seen[key] {
					has[DuplicateOtherSource] = true
					if line.DuplicateOf == 0 || n < line.DuplicateOf {
						line.DuplicateOf = n
					}
				}
				seen[key][line.Source] = row
			}
		}
		for _, share := range Shares() {
			if has[share.Kind] {
				line.Spoils = append(line.Spoils, share.Kind)
			}
		}
		lines[i] = line
	}
	return lines
}

func make1(t testing.TB, o Options) ([]byte, *Record) {
	t.Helper()
	var b bytes.Buffer
	rec, err := Generate(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), rec
}
