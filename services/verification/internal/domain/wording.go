package domain

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What the explanation of 失踪失联 must name (公安部门界定), in the words that
// clerks use. 报警 is none of them: a report is not a confirmation.
var policeWords = []string{"公安", "派出所", "警方", "警察", "民警"}

// A word that these stand before, or after in the same clause, says its opposite: 未毕业,
// 没有派出所证明, 公安机关尚未确认.
var (
	deniedBefore = regexp.MustCompile(`[未没](有|曾|经|能|在|从|由|向|到|去|小学|初中|高中|正常|按时)*$`)
	deniedAfter  = regexp.MustCompile(`^[^，。；、！？,.;!?\s]*[未没](有|曾|能|予|作|作出|出具|给出)*(确认|界定|认定|证明|答复|立案|受理)`)
)

// affirms reports whether a text has one of the words, and not as what is not so.
func affirms(text string, words ...string) bool {
	for _, word := range words {
		before := ""
		for rest := text; ; {
			head, after, found := strings.Cut(rest, word)
			if !found {
				break
			}
			before += head
			if !deniedBefore.MatchString(before) && !deniedAfter.MatchString(after) {
				return true
			}
			before, rest = before+word, after
		}
	}
	return false
}

// graduatedSomewhere reports whether a text says 已毕业 and, with at least two more
// characters, where.
func graduatedSomewhere(text string) bool {
	where := strings.NewReplacer("已", "", "毕业", "", "于", "").Replace(strings.TrimSpace(text))
	return affirms(text, "毕业") && utf8.RuneCountInString(where) >= 2
}
