package domain_test

import (
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

var identityHeads = []string{"序号", "姓名", "证件号码", "出生日期", "家庭住址", "数据类别", "联系电话", "备注"}

func identity(t *rapid.T, cells ...string) [32]byte {
	row := read(t, identityHeads, cells)
	return row.IdentityKey(0)
}

var (
	names   = rapid.SampledFrom([]string{"王明", "李华", "欧阳小丽", "阿依古丽·买买提", "Anna"})
	numbers = rapid.OneOf(rapid.StringMatching(`33[0-9]{15}[0-9X]`).Filter(complete), rapid.SampledFrom([]string{"330102980101123", "H12345678"}))
	sources = rapid.SampledFrom([]string{"", "1", "2", "3"})
	details = rapid.StringMatching(`[a-z0-9]{0,6}`)
)

// complete keeps numbers that tell a child from another; what looks like a number
// cell that lost its digits does not.
func complete(number string) bool {
	row, _ := domain.ReadRow(identityHeader, []string{"", "王明", number})
	return !row.Incomplete()
}

var identityHeader, _ = domain.ReadHeader(identityHeads)

// A later distribution writes the same child another way and knows other details.
func TestTheSameChildHasTheSameKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, number, source := names.Draw(t, "name"), numbers.Draw(t, "number"), sources.Draw(t, "source")
		first := identity(t, details.Draw(t, "serial"), name, number, "2010-1-1", details.Draw(t, "address"), source, "", "")
		spaced := " " + string([]rune(name)[:1]) + "\u3000" + string([]rune(name)[1:]) + "\n"
		later := identity(t, details.Draw(t, "later serial"), spaced, fullWidth(number), details.Draw(t, "birth"),
			details.Draw(t, "later address"), source, details.Draw(t, "phone"), details.Draw(t, "remark"))
		if first != later {
			t.Fatalf("%s %s has two keys", name, number)
		}
	})
}

func TestAnotherChildHasAnotherKey(t *testing.T) {
	type child struct{ name, number, source string }
	draw := func(t *rapid.T, label string) child {
		return child{names.Draw(t, label), numbers.Draw(t, label), sources.Draw(t, label)}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := draw(t, "a")
		// Mostly alike, so that each part is seen to count.
		b := a
		switch rapid.IntRange(0, 3).Draw(t, "differs in") {
		case 0:
			b.name = names.Draw(t, "name")
		case 1:
			b.number = numbers.Draw(t, "number")
		case 2:
			b.source = sources.Draw(t, "source")
		case 3:
			b = draw(t, "b")
		}
		same := identity(t, "", a.name, a.number, "", "", a.source, "", "") == identity(t, "", b.name, b.number, "", "", b.source, "", "")
		if same != (a == b) {
			t.Fatalf("%v and %v: one key %v", a, b, same)
		}
	})
}

// Where number or name can't tell children apart, the description does.
func TestChildrenWithoutANumberAreToldApart(t *testing.T) {
	for name, c := range map[string]struct{ name, number string }{
		"no number":       {"王明", ""},
		"a word for none": {"王明", "无"},
		"lost digits":     {"王明", "330102201001012000"},
		"in scientific":   {"王明", "3.30102201001012E+17"},
		"no name":         {"", "330102201001010071"},
		"neither":         {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			row := func(birth, address string) domain.Row {
				return read(t, identityHeads, []string{"1", c.name, c.number, birth, address, "1"})
			}
			a, again, other, elsewhere := row("2010-1-1", "文三路"), row("2010/1/1", " 文三路"), row("2010-1-2", "文三路"), row("2010-1-1", "文二路")
			if !a.Incomplete() {
				t.Fatal("taken for complete")
			}
			if a.IdentityKey(0) != again.IdentityKey(0) {
				t.Error("the same row again has another key")
			}
			if a.IdentityKey(0) == other.IdentityKey(0) || a.IdentityKey(0) == elsewhere.IdentityKey(0) {
				t.Error("another child has the same key")
			}
			if a.IdentityKey(0) == a.IdentityKey(1) || a.IdentityKey(1) != again.IdentityKey(1) {
				t.Error("equal rows of one file are not told apart in the same way each time")
			}
		})
	}
}

func TestTheContentDigestFollowsTheDescriptionOnly(t *testing.T) {
	base := []string{"1", "王明", "330102201001010071", "2010-1-1", "文三路", "1", "138", "甲"}
	digest := func(change int, to string) [32]byte {
		cells := append([]string(nil), base...)
		cells[change] = to
		row := read(t, identityHeads, cells)
		return row.ContentDigest()
	}
	same := digest(0, "1")
	for change, to := range map[int]string{0: "99", 3: "2010/1/1", 4: " 文三路 ", 7: "甲\n"} {
		if digest(change, to) != same {
			t.Errorf("%s %q is taken for a change", identityHeads[change], to)
		}
	}
	for change, to := range map[int]string{3: "2010-1-2", 4: "文二路", 6: "", 7: "乙"} {
		if digest(change, to) == same {
			t.Errorf("%s %q is not seen", identityHeads[change], to)
		}
	}
}
