package domain

import (
	"fmt"
	"strconv"
	"strings"
)

// Word is something that the bulletin's body can say of its month.
type Word struct {
	Name, Meaning string
	// say is false when there is nothing to say.
	say func(*Bulletin) (string, bool)
}

// Words are all there are, by what the columns of the table are called and defined as.
var Words = words()

const (
	sinceSuffix = "较上期"
	queuePrefix = "省本级"
)

func words() []Word {
	var all []Word
	for _, f := range Figures {
		if f.Kind == RankFigure {
			continue
		}
		all = append(all, Word{f.Title, "全省：" + f.Meaning, func(b *Bulletin) (string, bool) { return b.tells(f, &b.Province.Row) }})
	}
	for _, f := range Figures {
		if f.Kind != RankFigure {
			all = append(all, Word{queuePrefix + f.Title, "省本级：" + f.Meaning, func(b *Bulletin) (string, bool) {
				said, ok := b.tells(f, &b.Queue.Row)
				return said, ok && b.Queue.Total > 0
			}})
		}
	}
	for _, f := range Figures {
		if f.Kind == CountFigure {
			all = append(all, Word{f.Title + sinceSuffix, "全省“" + f.Title + "”与上月结账数相比", func(b *Bulletin) (string, bool) {
				return Change(f.Count(&b.Province.Row) - f.Count(&b.Before)), b.Compared && b.has(f) && (f.Since <= FirstDefinitions || b.WorkKnownBefore)
			}})
		}
	}
	for _, l := range []struct {
		name, meaning string
		regions       func(*Bulletin) []Region
	}{
		{"完成", "核查率达到 100% 的县（市、区）", func(b *Bulletin) []Region { return b.Complete }},
		{"领先", "核查率居前五位、不低于全省平均水平的县（市、区）", func(b *Bulletin) []Region { return b.Leading }},
		{"落后", "核查率低于全省平均水平的县（市、区）", func(b *Bulletin) []Region { return b.Behind }},
		{"未填报", "有台账而没有任何核查结果的县（市、区）", func(b *Bulletin) []Region { return b.Silent }},
		{"超期地区", "有超期儿童的县（市、区）", func(b *Bulletin) []Region { return b.Overdue }},
		{"已报送", "当月填报过核查结果或确认零报告的县（市、区）", func(b *Bulletin) []Region { return b.Reported }},
		{"未报送", "当月既未填报也未零报告的县（市、区）", func(b *Bulletin) []Region { return b.Unreported }},
	} {
		all = append(
			all,
			Word{l.name + "个数", l.meaning + "的个数", func(b *Bulletin) (string, bool) { return strconv.Itoa(len(l.regions(b))), true }},
			Word{l.name + "名单", l.meaning + "的名单；没有时为空", func(b *Bulletin) (string, bool) {
				return Names(l.regions(b)), len(l.regions(b)) > 0
			}},
		)
	}
	return all
}

func wordOf(name string) (Word, bool) {
	for _, w := range Words {
		if w.Name == strings.TrimSpace(name) {
			return w, true
		}
	}
	return Word{}, false
}

// has tells whether the snapshot was counted by definitions that have the figure.
func (b *Bulletin) has(f Figure) bool { return f.Since <= FirstDefinitions || b.WorkKnown }

func (b *Bulletin) tells(f Figure, r *Row) (string, bool) {
	if f.Kind == RateFigure {
		return f.Rate(r), b.has(f)
	}
	return strconv.FormatInt(f.Count(r), 10), b.has(f)
}

// Change writes a change with its sign.
func Change(by int64) string {
	switch {
	case by > 0:
		return fmt.Sprintf("增加 %d 人", by)
	case by < 0:
		return fmt.Sprintf("减少 %d 人", -by)
	}
	return "持平"
}

// Names are the regions' names in a row.
func Names(regions []Region) string {
	all := make([]string, len(regions))
	for i, r := range regions {
		all[i] = r.Name
	}
	return strings.Join(all, "、")
}
