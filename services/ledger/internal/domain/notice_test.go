package domain_test

import (
	"slices"
	"strings"
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

// noticeHeads are the heads of the notice's table (§四 step one).
var noticeHeads = strings.Fields("序号 姓名 出生日期 证件号码 户籍地 家庭住址 是否在读 全国学籍号 省内学校名称 省内学籍号 省内学生状态 处理")

func header(t *testing.T, heads ...string) *domain.Header {
	t.Helper()
	h, ok := domain.ReadHeader(heads)
	if !ok {
		t.Fatalf("%v is no header", heads)
	}
	return h
}

// The notice's nine sample rows as they are printed: every number's birth date
// contradicts the column, its county is not the address's, and most check digits are wrong.
func TestTheNoticesNineRowsHaveTheFlagsTheyDeserve(t *testing.T) {
	h := header(t, noticeHeads...)
	g := domain.NewGazetteer([]domain.County{
		{Code: "330102", Name: "上城区", City: "杭州市"}, {Code: "330106", Name: "西湖区", City: "杭州市"},
	})
	for _, c := range []struct{ name, birth, number string }{
		{"王明", "2000-1-1", "330102199801011234"},
		{"李华", "2001-2-2", "330102199902021234"},
		{"张伟", "2002-3-3", "330102199803031234"},
		{"赵丽", "2003-4-4", "330102199704041234"},
		{"孙强", "2004-5-5", "330102199605051234"},
		{"吴芳", "2005-6-6", "330102199506061234"},
		{"郑雷", "2006-7-7", "330102199407071234"},
		{"钱梅", "2007-8-8", "330102199308081234"},
		{"傅红", "2008-9-9", "330102199209091234"},
	} {
		row, empty := domain.ReadRow(h, []string{"1", c.name, c.birth, c.number, "浙江省杭州市", "浙江省杭州市西湖区文三路123号", "否"})
		if empty {
			t.Fatalf("%s: empty", c.name)
		}
		g.JudgeOrigin(&row, domain.Origin{Counties: []string{"330102"}})
		want := []domain.Flag{domain.FlagBirthMismatch, domain.FlagIDRegionMismatch}
		if checkDigit(c.number) != c.number[17] {
			want = []domain.Flag{domain.FlagIDChecksum, domain.FlagBirthMismatch, domain.FlagIDRegionMismatch}
		}
		if !slices.Equal(row.Flags, want) {
			t.Errorf("%s: %v, want %v", c.name, row.Flags, want)
		}
		if row.IDNumber != c.number || row.PersonName != c.name {
			t.Errorf("%s is not stored as given: %+v", c.name, row)
		}
	}
}

// checkDigit is GB 11643-1999 by its definition, apart from the code under test:
// the digit that makes the sum of digit × 2^(place) leave 1 when divided by 11.
func checkDigit(number string) byte {
	for _, candidate := range []byte("0123456789X") {
		sum, weight := 0, 1
		for place := 17; place >= 0; place-- {
			digit := int(number[place] - '0')
			if place == 17 {
				if digit = int(candidate - '0'); candidate == 'X' {
					digit = 10
				}
			}
			sum += digit * weight
			weight = weight * 2 % 11
		}
		if sum%11 == 1 {
			return candidate
		}
	}
	return 0
}
