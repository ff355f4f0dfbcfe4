package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

// good is a number with the right check digit, of a child born on 2010-05-06.
func good() string {
	const first = "33010620100506123"
	return first + string(checkDigit(first+"0"))
}

func TestWhatIsOddInANumber(t *testing.T) {
	h := header(t, "姓名", "出生日期", "证件号码")
	wrong := good()[:17] + map[bool]string{true: "1", false: "2"}[good()[17] != '1']
	for name, c := range map[string]struct {
		cell string
		want []domain.Flag
	}{
		"nothing":                 {good(), nil},
		"full-width, with spaces": {"３３０１ ０６\n" + good()[6:], nil},
		"none":                    {"", []domain.Flag{domain.FlagIDMissing}},
		"only spaces":             {" 　", []domain.Flag{domain.FlagIDMissing}},
		"a wrong check digit":     {wrong, []domain.Flag{domain.FlagIDChecksum}},
		"through a number cell":   {"3.30106201005061E+17", []domain.Flag{domain.FlagIDLostDigits}},
		"rounded to 15 digits":    {"330106201005061000", []domain.Flag{domain.FlagIDLostDigits}},
		"an old one":              {"330106100506123", []domain.Flag{domain.FlagIDOld15}},
		"too short":               {good()[:17], []domain.Flag{domain.FlagIDFormat}},
		"a passport":              {"E12345678", []domain.Flag{domain.FlagIDFormat}},
		"another's birth date":    {"33010620100507" + good()[14:17] + string(checkDigit("33010620100507"+good()[14:17]+"0")), []domain.Flag{domain.FlagBirthMismatch}},
	} {
		t.Run(name, func(t *testing.T) {
			row, _ := domain.ReadRow(h, []string{"王明", "2010-05-06", c.cell})
			if !slices.Equal(row.Flags, c.want) {
				t.Errorf("%q: %v, want %v", c.cell, row.Flags, c.want)
			}
		})
	}
}

func TestALowerCaseXIsAnX(t *testing.T) {
	h := header(t, "姓名", "证件号码")
	for n := range 1000 {
		first := fmt.Sprintf("33010620100506%03d", n)
		if checkDigit(first+"0") != 'X' {
			continue
		}
		row, _ := domain.ReadRow(h, []string{"王明", first + "x"})
		if row.IDNumber != first+"X" || slices.Contains(row.Flags, domain.FlagIDChecksum) {
			t.Fatalf("%+v", row)
		}
		return
	}
	t.Fatal("no number ends in X")
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"2010-05-06": "2010-05-06", "2010-5-6": "2010-05-06", "2010/5/6": "2010-05-06", "2010.5.6": "2010-05-06",
		"2010年5月6日": "2010-05-06", "20100506": "2010-05-06", "2010-05-06 00:00:00": "2010-05-06",
		"40304": "2010-05-06", "40304.75": "2010-05-06", "36526": "2000-01-01",
		"": "", "2010-02-30": "", "1700-01-01": "", "2010": "", "昨天": "", "19999": "", "99999999": "", "NaN": "", "1e5": "", "-40304": "",
	} {
		if got, ok := domain.ReadDate(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestSourcesAreRecognised(t *testing.T) {
	for text, want := range map[string]domain.Source{
		"全国学籍系统标记为疑似辍学和辍学的学生": 1, "1": 1, "疑似 辍学": 1,
		"全国学籍系统和人口库比对出的适龄但无学籍人员": 2, "２": 2,
		"建档立卡儿童中在学籍系统和人口库中均查不到信息的人员": 3, "POVERTY_UNMATCHED": 3,
		"": 0, "4": 0, "其他": 0,
	} {
		if got, ok := domain.ReadSource(text); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, ok, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		cells []string
		ok    bool
	}{
		"the notice's":              {noticeHeads, true},
		"in another order":          {[]string{"证件号码", "备注", "姓名"}, true},
		"with spaces and breaks":    {[]string{" 姓 名", "证件\n号码"}, true},
		"with full-width spaces":    {[]string{"姓　名", "证件号码"}, true},
		"by other names":            {[]string{"学生姓名", "身份证号"}, true},
		"without a number":          {[]string{"姓名", "出生日期"}, false},
		"without a name":            {[]string{"证件号码"}, false},
		"a title":                   {[]string{"控辍保学工作台账（姓名、证件号码）"}, false},
		"nothing":                   {nil, false},
		"a row of data":             {[]string{"1", "王明", "2010-05-06", good()}, false},
		"a name that only looks so": {[]string{"姓名拼音", "证件号码类型"}, false},
	} {
		if _, ok := domain.ReadHeader(c.cells); ok != c.ok {
			t.Errorf("%s: %v, want %v", name, ok, c.ok)
		}
	}
}

func TestUnknownColumnsAreKeptByTheirHeads(t *testing.T) {
	h := header(t, "备注", "姓名", "证件号码", "民族", "姓名")
	row, _ := domain.ReadRow(h, []string{" 转来 ", "王明", good(), "汉族", "曾用名"})
	for head, want := range map[string]string{"备注": "转来", "民族": "汉族", "姓名": "曾用名"} {
		if row.Extra[head] != want {
			t.Errorf("%s: %q, want %q", head, row.Extra[head], want)
		}
	}
	if row.PersonName != "王明" || len(row.Extra) != 3 {
		t.Errorf("%+v", row)
	}
}

func TestARowOfNothingIsEmpty(t *testing.T) {
	h := header(t, noticeHeads...)
	for _, cells := range [][]string{nil, {}, {"", " ", "　", "\n"}, make([]string, 40)} {
		if _, empty := domain.ReadRow(h, cells); !empty {
			t.Errorf("%q is not empty", cells)
		}
	}
	if row, empty := domain.ReadRow(h, []string{"1"}); empty || !row.Incomplete() {
		t.Error("a serial number alone is a child that has to be looked into")
	}
}

// The same child is the same entry however the file is written, and what DOMAIN §2 calls
// descriptive does not make another one of it.
func TestIdentity(t *testing.T) {
	h := header(t, append(slices.Clone(noticeHeads), "数据类别", "监护人")...)
	read := func(cells ...string) *domain.Row {
		row, _ := domain.ReadRow(h, cells)
		return &row
	}
	full := func(name, number, address, source string) *domain.Row {
		return read("1", name, "2010-05-06", number, "浙江省杭州市", address, "否", "", "", "", "", "", source)
	}
	child := full("王明", good(), "文三路1号", "1")
	for name, c := range map[string]struct {
		other *domain.Row
		same  bool
	}{
		"moved house":          {full("王明", good(), "文三路2号", "1"), true},
		"written full-width":   {full(" 王 明", "３３０１０６"+good()[6:], "文三路1号", "疑似辍学"), true},
		"of another source":    {full("王明", good(), "文三路1号", "2"), false},
		"of another name":      {full("王鸣", good(), "文三路1号", "1"), false},
		"with another number":  {full("王明", "330106201005061247", "文三路1号", "1"), false},
		"name and number swap": {full(good(), "王明", "文三路1号", "1"), false},
	} {
		if got := child.IdentityKey(0) == c.other.IdentityKey(0); got != c.same {
			t.Errorf("%s: the same child %v, want %v", name, got, c.same)
		}
	}
	if child.ContentDigest() == full("王明", good(), "文三路2号", "1").ContentDigest() {
		t.Error("a new address is no change")
	}
	if a, b := full("王明", good(), "文三路1号", "1"), full("王明", good(), "文三路1号", "1"); a.ContentDigest() != b.ContentDigest() {
		t.Error("the same row is a change")
	}
	// Without a number the description tells children apart, and if nothing does, their place.
	one, other := full("王明", "", "文三路1号", "1"), full("王明", "", "文三路2号", "1")
	if one.IdentityKey(0) == other.IdentityKey(0) || one.IdentityKey(0) == one.IdentityKey(1) {
		t.Error("two children without a number are one")
	}
}

// Cleaning is idempotent, so that a file exported and imported again is the same, and
// leaves nothing that breaks a line of a log or a cell.
func TestCleaningTwiceIsCleaningOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "cell")
		once := domain.Clean(s)
		if domain.Clean(once) != once || strings.ContainsAny(once, "\n\r\t") || once != strings.TrimSpace(once) {
			t.Fatalf("%q becomes %q, then %q", s, once, domain.Clean(once))
		}
		if strings.Contains(domain.Compact(s), " ") {
			t.Fatalf("%q keeps a space", s)
		}
	})
}

func TestAMaskedNumberShowsRegionAndLastFour(t *testing.T) {
	for number, want := range map[string]string{
		"330102199801011234": "330102********1234", "330106100506123": "330106*****6123",
		"E12345678": "*********", "": "", "1234567890123": "*************",
	} {
		if got := domain.MaskID(number); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func FuzzReadRow(f *testing.F) {
	f.Add("姓名\x1f证件号码\x1f出生日期", "王明\x1f330102199801011234\x1f2000-1-1")
	f.Add("证件 号码\x1f姓名\x1f姓名\x1f备注", "\x1f\x1f３.3E+17\x1f\xff")
	f.Fuzz(func(t *testing.T, heads, cells string) {
		h, ok := domain.ReadHeader(strings.Split(heads, "\x1f"))
		if !ok {
			return
		}
		row, empty := domain.ReadRow(h, strings.Split(cells, "\x1f"))
		if empty {
			return
		}
		if row.IdentityKey(0) == row.IdentityKey(1) {
			t.Fatal("two rows that nothing tells apart are one child")
		}
		for _, flag := range row.Flags {
			if flag.Text() == string(flag) {
				t.Fatalf("%s has no words", flag)
			}
		}
		if strings.Contains(domain.MaskID(row.IDNumber), row.IDNumber) && row.IDNumber != "" && strings.Trim(row.IDNumber, "*") != "" {
			t.Fatalf("%q is not masked", row.IDNumber)
		}
	})
}

func FuzzReadDate(f *testing.F) {
	for _, seed := range []string{"2010-5-6", "40304", "2010年5月6日", "1e4", "+Inf", "0x4e20"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, ok := domain.ReadDate(text)
		if !ok {
			return
		}
		if again, ok := domain.ReadDate(day); !ok || again != day {
			t.Fatalf("%q is %q, which is %q", text, day, again)
		}
	})
}
