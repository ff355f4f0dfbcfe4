package domain

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// In the order of names what has one comes before what has none.
const (
	keyOfAName = 1
	keyOfNone  = 2
)

// collator serves one at a time, with some kilobytes to work in.
type collator struct {
	*collate.Collator
	buffer collate.Buffer
}

var pinyin = sync.Pool{New: func() any { return &collator{Collator: collate.New(language.MustParse("zh-u-co-pinyin"))} }}

// orderedBy is how many characters of a name are compared: longer is no name, and would not
// go into an index.
const orderedBy = 32

// NameInOrder is as much of a name as its key needs.
func NameInOrder(name string) string {
	for i := range name {
		if utf8.RuneCountInString(name[:i]) == orderedBy {
			return name[:i]
		}
	}
	return name
}

// NameKey compares byte by byte as names do in the order of pinyin (CLDR); the nameless
// come last. It is never empty.
func NameKey(name string) []byte {
	if name = NameInOrder(name); name == "" {
		return []byte{keyOfNone}
	}
	c := pinyin.Get().(*collator) //nolint:forcetypeassert // the pool holds nothing else
	defer pinyin.Put(c)
	c.buffer.Reset()
	return append([]byte{keyOfAName}, c.KeyFromString(&c.buffer, name)...)
}
