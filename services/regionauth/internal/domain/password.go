package domain

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// Characters of a password.
const (
	minPassword = 12
	maxPassword = 256
)

// PasswordsKept is how many of a user's last passwords a new one must differ
// from.
const PasswordsKept = 5

//go:embed common_passwords.txt
var commonText string

// common are passwords that are guessed first, and what people put a year behind.
var common = func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			set[line] = true
		}
	}
	return set
}()

// CheckPassword reports all that is wrong with a password at once.
func CheckPassword(field, username, password string) []fault.Violation {
	violation := func(reason, message string) fault.Violation {
		return fault.Violation{Field: field, Reason: reason, Message: message}
	}
	length := utf8.RuneCountInString(password)
	if length == 0 {
		return []fault.Violation{violation("REQUIRED", "请填写密码，12 至 256 位")}
	}
	var violations []fault.Violation
	if length < minPassword || length > maxPassword {
		violations = append(violations, violation("PASSWORD_TOO_WEAK", "密码应为 12 至 256 位"))
	}
	if username != "" && strings.Contains(strings.ToLower(password), strings.ToLower(username)) {
		violations = append(violations, violation("PASSWORD_TOO_WEAK", "密码不能包含用户名，请换一个"))
	}
	if length <= maxPassword && IsCommonPassword(password) {
		violations = append(violations, violation("PASSWORD_TOO_WEAK", "密码过于常见，请换一个：不要用常用词、拼音、键盘顺序加数字，也不要只用数字"))
	}
	return violations
}

// PasswordUsedBefore is the refusal of one of the last passwords.
func PasswordUsedBefore(field string) error {
	return fault.FromViolations("PASSWORD_USED_BEFORE", "新密码与最近用过的密码相同，请换一个", []fault.Violation{
		{Field: field, Reason: "PASSWORD_USED_BEFORE", Message: "不能与最近五次用过的密码相同，请换一个"},
	})
}

// what people write for letters.
var plain = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// IsCommonPassword reports whether a password is one of those guessed first:
// regardless of case and of digits and signs around it, with digits for letters,
// or one of them repeated. Only digits are a date, a telephone or a document
// number.
func IsCommonPassword(password string) bool {
	lower := strings.ToLower(strings.TrimSpace(password))
	stem := strings.TrimFunc(lower, noLetter)
	// Nothing that a person would remember as a word is left.
	if utf8.RuneCountInString(stem) < 4 {
		return true
	}
	for _, candidate := range []string{lower, strings.TrimRightFunc(lower, noLetter), stem} {
		for _, written := range []string{candidate, plain.Replace(candidate)} {
			if common[written] {
				return true
			}
			if u := unit(written); u != written && (utf8.RuneCountInString(u) <= 4 || IsCommonPassword(u)) {
				return true
			}
		}
	}
	return false
}

func noLetter(r rune) bool { return !unicode.IsLetter(r) }

// unit is what a text consists of when it is something several times over.
func unit(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if len(text)%n == 0 && strings.Repeat(text[:n], len(text)/n) == text {
			return text[:n]
		}
	}
	return text
}
