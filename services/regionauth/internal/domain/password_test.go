package domain_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/services/regionauth/internal/domain"
)

func TestCommonPasswords(t *testing.T) {
	for _, password := range []string{
		"password", "Password", "PASSWORD123456", "password2019!", "P@ssw0rd", "p@ssw0rd2019", "passwordpassword",
		"woaini1314", "WoAiNi1314520", "woaini5201314!", "5201314woaini", "123456789012", "2019-07-31 2019", "330106201001011234",
		"13800138000!", "1qaz2wsx3edc", "1QAZ2wsx3edc4rfv", "qwertyuiop123", "aaaaaaaaaaaa", "abcabcabcabc", "123abc123abc", "zhejiang2019",
		"hangzhou@2026", "xuejixitong1", "admin888admin888", "Iloveyou1314!", "abc123456789", "correcthorsebatterystaple",
		"!!!!welcome!!!!", "   password1   ",
	} {
		if !domain.IsCommonPassword(password) {
			t.Errorf("%q passes", password)
		}
	}
	for _, password := range []string{
		"correct horse battery", "baoxue-demo-2019", "Kx7#mQ2vL9pd", "钱塘江潮水年年涨", "ABCD-EFGH-IJKL-MNOP", "wo zai xihu jiao shu 12 nian",
	} {
		if domain.IsCommonPassword(password) {
			t.Errorf("%q is refused", password)
		}
	}
}

// What people put before and behind a common password makes it no better.
func TestDecorationDoesNotHelp(t *testing.T) {
	common := []string{"password", "woaini1314", "qwertyuiop", "zhejiang", "iloveyou", "admin"}
	decoration := rapid.StringMatching(`[0-9!@#$%^&*._-]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(common).Draw(t, "word")
		if rapid.Bool().Draw(t, "capital") {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		password := word + decoration.Draw(t, "behind")
		if word[0] != 'w' && word[0] != 'W' {
			password = decoration.Draw(t, "before") + password
		}
		if !domain.IsCommonPassword(password) {
			t.Fatalf("%q passes", password)
		}
	})
}

func TestAllThatIsWrongWithAPasswordIsToldAtOnce(t *testing.T) {
	for _, c := range []struct {
		password string
		want     int
	}{
		{"", 1}, {"xihu", 3}, {"li-xihu-9", 2}, {"my xihu password of old", 1}, {strings.Repeat("x", 300), 1}, {"correct horse battery", 0},
	} {
		if got := domain.CheckPassword("password", "xihu", c.password); len(got) != c.want {
			t.Errorf("%q: %v, want %d", c.password, got, c.want)
		}
	}
}
