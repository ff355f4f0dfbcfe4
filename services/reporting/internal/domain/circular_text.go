package domain

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// StandardText is the body of a first bulletin, for whoever drafts it to edit: a line is a
// paragraph, "# " begins a section, {台账总数} stands for what Words say. A paragraph that
// has nothing to say of one of its words is left out, or says what follows "||" instead.
//
//go:embed standard_text.txt
var StandardText string

// Section is a part of the bulletin's body, with at least one paragraph.
type Section struct {
	Heading    string
	Paragraphs []string
}

const (
	headingMark = "# "
	otherwise   = "||"
	longestText = 10_000
)

var wordPattern = regexp.MustCompile(`\{([^{}]*)\}`)

// CheckText reports every line of a body that can't be filled in, field "text".
func CheckText(text string) []fault.Violation {
	var violations []fault.Violation
	add := func(line int, format string, args ...any) {
		violations = append(violations, fault.Violation{
			Field: "text", Reason: "INVALID_REQUEST", Message: fmt.Sprintf("正文第 %d 行", line) + fmt.Sprintf(format, args...),
		})
	}
	if utf8.RuneCountInString(text) > longestText {
		return []fault.Violation{{Field: "text", Reason: "INVALID_REQUEST", Message: fmt.Sprintf("正文最多 %d 字", longestText)}}
	}
	begun := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch heading, ok := strings.CutPrefix(line+" ", headingMark); {
		case line == "":
			continue
		case ok:
			if begun = true; strings.TrimSpace(heading) == "" {
				add(i+1, "的标题是空的")
			}
			if strings.ContainsAny(heading, "{}") {
				add(i+1, "是标题，不能有占位词")
			}
			continue
		case !begun:
			add(i+1, "之前没有标题；标题以“# ”开头")
		}
		if strings.Count(line, otherwise) > 1 {
			add(i+1, "只能有一个“||”")
		}
		for _, found := range wordPattern.FindAllStringSubmatch(line, -1) {
			if _, known := wordOf(found[1]); !known {
				add(i+1, "的占位词 {%s} 不存在", found[1])
			}
		}
		if strings.ContainsAny(wordPattern.ReplaceAllString(line, ""), "{}") {
			add(i+1, "的花括号不成对")
		}
	}
	if !begun {
		add(1, "应是标题；标题以“# ”开头")
	}
	return violations
}

// Body fills the text in. Its sections are those with something to say.
func (b Bulletin) Body(text string) []Section {
	var sections []Section
	heading := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, headingMark); ok {
			heading = strings.TrimSpace(title)
			continue
		}
		paragraph := b.paragraph(line)
		if paragraph == "" {
			continue
		}
		if heading != "" {
			sections, heading = append(sections, Section{Heading: heading}), ""
		}
		if len(sections) > 0 {
			last := &sections[len(sections)-1]
			last.Paragraphs = append(last.Paragraphs, paragraph)
		}
	}
	return sections
}

// paragraph is the first way of saying it of which every word is known.
func (b Bulletin) paragraph(line string) string {
	for _, wording := range strings.SplitN(line, otherwise, 2) {
		known := true
		filled := wordPattern.ReplaceAllStringFunc(strings.TrimSpace(wording), func(found string) string {
			word, ok := wordOf(found[1 : len(found)-1])
			if !ok {
				known = false
				return ""
			}
			said, ok := word.say(&b)
			known = known && ok
			return said
		})
		if known {
			return filled
		}
	}
	return ""
}
