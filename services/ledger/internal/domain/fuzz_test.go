package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/services/ledger/internal/domain"
)

func FuzzIDNumber(f *testing.F) {
	for _, seed := range []string{
		exampleNumber, "330102199801011234", "330102980101123", "330102201001012000", "3.30102201001012E+17", "3.3E17",
		"１１０１０５１９４９１２３１００２ｘ", "330102201002300076", "无", "H12345678", "", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		row := read(t, childHeads, []string{"王明", cell, "2010-01-01"})
		about := func(flag domain.Flag) bool { return slices.Contains(row.Flags, flag) }
		number := row.IDNumber
		if about(domain.FlagIDMissing) == strings.ContainsAny(number, "123456789") {
			t.Fatalf("%q: %v", number, row.Flags)
		}
		if sound := len(row.Flags) == 0; sound &&
			(len(number) != 18 || domain.CheckDigit(number) != number[17] || number[6:14] != "20100101") {
			t.Fatalf("%q is taken for a number of a child born on 2010-01-01", number)
		}
		if about(domain.FlagIDChecksum) && about(domain.FlagIDLostDigits) {
			t.Fatalf("%q: %v", number, row.Flags)
		}
		// A number that went through a spreadsheet is written out: as a text it may be sound.
		if again := read(t, childHeads, []string{"王明", number, "2010-01-01"}); !about(domain.FlagIDLostDigits) && !cmp.Equal(row, again, unexported) {
			t.Fatalf("%q reads otherwise when read again", number)
		}
		checkMask(t, number)
	})
}

func checkMask(t *testing.T, number string) {
	masked, plain := []rune(domain.MaskID(number)), []rune(number)
	if len(masked) != len(plain) {
		t.Fatalf("%q masked is %q", number, string(masked))
	}
	for i, r := range masked {
		place, last := i < 6, i >= len(plain)-4
		if r != '*' && (len(plain) < 14 || !place && !last || r != plain[i]) {
			t.Fatalf("%q masked is %q", number, string(masked))
		}
	}
}

// A sheet is one text here: rows by line, cells by tab.
func cellsOf(line string) []string { return strings.Split(line, "\t") }

func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{
		strings.Join(noticeHeads, "\t"), "姓名\t证件号码\t第4列\t", "学生姓名\t备注\t身份证号\t备注\t姓名", "姓\u3000名\t证件\r号码", "合计\t9", "\xff\t姓名", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		cells := cellsOf(line)
		header, ok := domain.ReadHeader(cells)
		heads := make([]string, len(cells))
		for i, c := range cells {
			heads[i] = domain.Compact(c)
		}
		if want := hasAny(heads, "姓名", "学生姓名") && hasAny(heads, "证件号码", "证件编号", "身份证号", "身份证号码"); ok != want {
			t.Fatalf("%q is a header: %v", cells, ok)
		}
		if !ok {
			return
		}
		// Every column is somewhere: a mark in each comes out once.
		marks := make([]string, len(cells))
		for i := range marks {
			marks[i] = fmt.Sprintf("m%d", i)
		}
		row, empty := domain.ReadRow(header, marks)
		if empty {
			t.Fatalf("%q drops its row", cells)
		}
		kept := map[string]int{}
		for _, v := range valuesOf(row) {
			kept[strings.ToLower(v)]++
		}
		for i, head := range heads {
			if kept[marks[i]] != 1 {
				t.Fatalf("column %q of %q is kept %d times", head, cells, kept[marks[i]])
			}
		}
	})
}

func hasAny(heads []string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(heads, w) })
}

func valuesOf(r domain.Row) []string {
	values := []string{
		r.SerialNumber, r.PersonName, r.BirthDate, r.IDNumber, r.HouseholdPlace, r.HomeAddress, r.InSchool,
		r.NationalStudentNumber, r.ProvincialSchool, r.ProvincialStudentNumber, r.ProvincialStudentStatus, r.RegionCode,
		r.Guardian, r.Phone,
	}
	for _, v := range r.Extra {
		values = append(values, v)
	}
	return values
}

// Twice: what is read must not hang on the order of a map.
func FuzzReadRowTwice(f *testing.F) {
	heads := strings.Join(noticeHeads, "\t") + "\t区划代码\t数据类别\t监护人\t联系电话\t备注"
	f.Add(heads, "1\t王明\t2000-1-1\t330102199801011234\t浙江省杭州市\t浙江省杭州市西湖区文三路123号\t否")
	f.Add(heads, "2\t李 华\t36526\t3.30102201001012E+17\t\t\t\t\t\t\t\t\t\t330104\t第四类\t\t\t甲")
	f.Add("姓名\t备注\t证件号码\t备注", "\t甲\t\t乙\t丙")
	f.Add("姓名\t证件号码", "\xff\x00\t\u200b")
	f.Fuzz(func(t *testing.T, head, line string) {
		header, ok := domain.ReadHeader(cellsOf(head))
		if !ok {
			return
		}
		cells := cellsOf(line)
		row, empty := domain.ReadRow(header, cells)
		again, emptyAgain := domain.ReadRow(header, cells)
		if empty != emptyAgain || !cmp.Equal(row, again, unexported) || row.IdentityKey(0) != again.IdentityKey(0) || row.ContentDigest() != again.ContentDigest() {
			t.Fatalf("%q under %q reads otherwise each time", line, head)
		}
		if empty {
			return
		}
		for _, v := range valuesOf(row) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				t.Fatalf("%q can't be stored", v)
			}
		}
		for i, flag := range row.Flags {
			if slices.Contains(row.Flags[:i], flag) || flag.Text() == string(flag) {
				t.Fatalf("%v", row.Flags)
			}
		}
		if slices.Contains(row.Flags, domain.FlagIDMissing) && !row.Incomplete() {
			t.Fatalf("%q has no number and is taken for complete", line)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"王 明", "\u3000ＡＢ\u2003\n", "\u200b\ufeff", "\xff\xfe", "a\u0085b", "￥～！", "' '1", "＇＝ 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkText(t, text)
		source, ok := domain.ReadSource(text)
		if ok != (source != domain.SourceUnspecified) {
			t.Fatalf("%q: %d, %v", text, source, ok)
		}
	})
}
