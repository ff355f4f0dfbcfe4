package demoledger

import (
	"fmt"
	"time"
)

// checkDigit is GB 11643's eighteenth character (ISO 7064 mod 11-2).
func checkDigit(first17 string) byte {
	sum := 0
	for i := range 17 {
		sum = (sum + int(first17[i]-'0')) * 2 % 11
	}
	return "0123456789X"[(12-sum)%11]
}

func idNumber(prefix string, birth time.Time, seq int) string {
	s := fmt.Sprintf("%s%s%03d", prefix, birth.Format("20060102"), seq)
	return s + string(checkDigit(s))
}

// hash64 is FNV-1a: the generator needs a hash that is the same in every
// process. Equal hashes of different texts only cost one more draw.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
