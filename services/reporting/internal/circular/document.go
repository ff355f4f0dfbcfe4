// Package circular lays the month's bulletin out as an official document: what it says is a
// Document, which is written as a page and as a .docx.
package circular

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

const issuer = "浙江省教育厅"

// Document is what the bulletin says, in the order of an official document.
type Document struct {
	// Title has two lines.
	Title          [2]string
	Number, To     string
	Opening        []string
	Sections       []domain.Section
	Annexes        []Annex
	Issuer, Signed string
	// Imprint is the 版记 of what is issued: who printed it (印发机关) and when; else empty.
	Imprint Imprint
}

// Imprint stands last, between two lines.
type Imprint struct{ Office, Date string }

// Annex is a table behind the text.
type Annex struct {
	Title string
	Head  []string
	Lines []Line
	Note  string
}

// Line is a row of a table; the first cell is a name.
type Line struct {
	Cells []string
	// Sum marks subtotals and totals.
	Sum bool
}

// Compose says what a bulletin says.
func Compose(b domain.Bulletin) Document {
	last := until(b)
	d := Document{
		Title:  [2]string{"关于截至" + last + "控辍保学台账", "核查情况的通报"},
		Number: number(b), To: "各市、县（市、区）教育局：", Issuer: issuer, Signed: day(b.Cutoff),
		Sections: b.Body(text(b.Issue)),
		Annexes:  []Annex{progress(b), results(b), sources(b)},
	}
	if b.Issue.Number > 0 {
		d.Signed = day(b.Issue.IssuedAt)
		d.Imprint = Imprint{Office: issuer + "办公室", Date: d.Signed + "印发"}
	}
	if b.Issue.ChangeNote != "" {
		d.Opening = append(d.Opening, fmt.Sprintf("本通报为第 %d 版，替代此前印发的同一月份通报。修改说明：%s", b.Issue.Version, b.Issue.ChangeNote))
	}
	d.Opening = append(d.Opening, "现将截至"+last+"全省控辍保学工作台账的核查情况通报如下。")
	if b.ReviewsKnown {
		d.Annexes = append(d.Annexes, reviewed(b))
	}
	if b.WorkKnown {
		d.Annexes = append(d.Annexes, overdue(b))
	}
	if n := len(b.Corrections); n > 0 {
		d.Opening = append(d.Opening, fmt.Sprintf("结账后收到的变更已作 %d 次更正，更正情况见附件；正文和其他附件为结账时的数据。", n))
		d.Annexes = append(d.Annexes, corrections(b))
	}
	demands := domain.Section{Heading: "下阶段工作要求"}
	for i, requirement := range b.Issue.Requirements {
		demands.Paragraphs = append(demands.Paragraphs, "（"+ordinal(i)+"）"+requirement)
	}
	d.Sections = append(d.Sections, demands)
	return d
}

// text is the standard one for versions from before it could be edited.
func text(i domain.Issue) string {
	if i.Text == "" {
		return domain.StandardText
	}
	return i.Text
}

func number(b domain.Bulletin) string {
	switch {
	case b.Issue.Label() != "":
		return "浙教控辍通报" + b.Issue.Label()
	case b.State == domain.Interim:
		return fmt.Sprintf("控辍保学台账汇总第 %d 号（期中，非月末数）", b.Number)
	}
	return fmt.Sprintf("控辍保学台账汇总第 %d 号（草稿，未印发）", b.Number)
}

// until is the last moment that counts: a closed month's is its last day.
func until(b domain.Bulletin) string {
	if b.State == domain.Closed {
		return day(b.Cutoff.Add(-time.Microsecond))
	}
	return b.Cutoff.In(domain.Shanghai).Format("2006年1月2日15时")
}

func day(t time.Time) string { return t.In(domain.Shanghai).Format("2006年1月2日") }

const digits = "〇一二三四五六七八九"

// ordinal writes a position that counts from 0 as official documents number paragraphs, up to 99.
func ordinal(position int) string {
	n, digit := position+1, []rune(digits)
	switch {
	case n < 10:
		return string(digit[n])
	case n < 20:
		return strings.TrimSuffix("十"+string(digit[n%10]), "〇")
	}
	return strings.TrimSuffix(string(digit[n/10])+"十"+string(digit[n%10]), "〇")
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
