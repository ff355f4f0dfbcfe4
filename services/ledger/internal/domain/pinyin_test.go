package domain_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/ledger/internal/domain"
)

// In a dictionary's order; the nameless at the end.
var inOrder = []string{
	"阿依古丽", "白雪", "陈晨", "丁一", "方圆", "郭靖", "何其", "江山", "李华", "李明", "孟子", "钱梅", "孙强", "王明", "王小明",
	"吴芳", "徐徐", "杨柳", "张伟", "赵丽", "郑雷", "",
}

func TestNamesAreInTheOrderOfPinyin(t *testing.T) {
	names := slices.Clone(inOrder)
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare(domain.NameKey(a), domain.NameKey(b)) })
	if !slices.Equal(names, inOrder) {
		t.Errorf("%q", names)
	}
}

func TestANamesKeyIsOneAndNeverEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(0, 200, -1).Draw(t, "name")
		key := domain.NameKey(name)
		// An index takes no more than 2,704 bytes.
		if len(key) == 0 || len(key) > 1000 || !bytes.Equal(key, domain.NameKey(domain.NameInOrder(name))) {
			t.Fatalf("%q: %x", name, key)
		}
	})
}
