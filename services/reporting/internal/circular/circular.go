// Package circular lays the month's bulletin out as an official document.
package circular

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

//go:embed bulletin.html
var bulletinPage string

var bulletinTemplate = template.Must(template.New("bulletin").Funcs(template.FuncMap{
	"until":   until,
	"day":     func(t time.Time) string { return t.In(domain.Shanghai).Format("2006年1月2日") },
	"names":   names,
	"since":   since,
	"rank":    rank,
	"ordinal": ordinal,
	"codes":   func() []string { return domain.Codes },
}).Parse(bulletinPage))

// Bulletin writes the page: self-contained, A4, without a script.
func Bulletin(b domain.Bulletin, out io.Writer) error {
	if err := bulletinTemplate.Execute(out, b); err != nil {
		return fmt.Errorf("bulletin page of %s: %w", b.Month, err)
	}
	return nil
}

// until is the last moment that counts: a closed month's is its last day.
func until(b domain.Bulletin) string {
	last := b.Cutoff.In(domain.Shanghai)
	if b.State == domain.Closed {
		return last.Add(-time.Microsecond).Format("2006年1月2日")
	}
	return last.Format("2006年1月2日15时")
}

func names(regions []domain.Region) string {
	all := make([]string, len(regions))
	for i, r := range regions {
		all[i] = r.Name
	}
	return strings.Join(all, "、")
}

// since writes a change with its sign.
func since(change int64) string {
	switch {
	case change > 0:
		return fmt.Sprintf("增加 %d 人", change)
	case change < 0:
		return fmt.Sprintf("减少 %d 人", -change)
	}
	return "持平"
}

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

func rank(r domain.Standing) string {
	if r.Rank == 0 {
		return domain.NoRate
	}
	return fmt.Sprint(r.Rank)
}
