package domain

import (
	"slices"
	"strconv"
	"strings"
)

// FigureKind says how a column's cells are read.
type FigureKind string

// The kinds.
const (
	CountFigure FigureKind = "COUNT"
	RateFigure  FigureKind = "RATE"
	RankFigure  FigureKind = "RANK"
)

// Since when a column is counted: snapshots keep the definitions they were made by.
const (
	// FirstDefinitions knew outcomes and routings only.
	FirstDefinitions = 1
	// WorkDefinitions added what the work states tell, and late assignments.
	WorkDefinitions = 2
	// ReviewDefinitions added what reviews came to.
	ReviewDefinitions = 3
	// CurrentDefinitions are those of a snapshot that is made now.
	CurrentDefinitions = ReviewDefinitions
)

// LateDays before the cut-off in which an assignment leaves a county too little time:
// such children are shown apart, and still counted as 未处理.
const LateDays = 5

// Figure is one column of the month's table: its only definition, which the table, the
// workbook, the page and the documentation use.
type Figure struct {
	// Key is the column's name in the interface, e.g. aTotal or byCode.A1.
	Key, Title string
	// Meaning is the definition in words.
	Meaning string
	Kind    FigureKind
	// Numerator and Denominator are the keys of the figures that a rate divides.
	Numerator, Denominator string
	// Since is the version of the definitions that brought the column.
	Since int
	// counts reports whether the children of a bucket belong to a count.
	counts func(Bucket) bool
	// cell is where a row keeps the count; nil for a count that others add up to.
	cell func(*Row) *int64
}

// Figures are the columns in the order of the bulletin's main table (DOMAIN §4), the
// single codes last.
var Figures = slices.Concat([]Figure{
	count("total", "台账总数", "截至时点台账内的全部儿童；A + B + 99 + 未处理 = 台账总数。",
		func(Bucket) bool { return true }, func(r *Row) *int64 { return &r.Total }),
	count("verified", "已核查", "最新核查结果为 A 类或 B 类的儿童；99 不是核查。", Bucket.verified, nil),
	rate("verifiedRate", "核查率", "verified", "total"),
	{Key: "rank", Title: "排名", Kind: RankFigure, Since: FirstDefinitions, Meaning: "同级地区按核查率从高到低排列；并列者名次相同，其后名次顺延；无台账的地区和省本级不排名。"},
	count("aTotal", "A 小计", "最新核查结果为 A1 至 A8 的儿童，需要劝返。",
		func(b Bucket) bool { return strings.HasPrefix(b.Code, "A") }, func(r *Row) *int64 { return &r.A }),
	count("returned", "已返校", "曾核查为 A 类、最新核查结果为 B2、B3、B4 或 B8 的儿童。", has(Returned), func(r *Row) *int64 { return &r.Returned }),
	rate("returnedRate", "劝返率", "returned", "everA"),
	count("bTotal", "B 小计", "最新核查结果为 B1 至 B10 的儿童，不需要劝返。",
		func(b Bucket) bool { return strings.HasPrefix(b.Code, "B") }, func(r *Row) *int64 { return &r.B }),
	rate("bShare", "B 占比", "bTotal", "total"),
	count("unconfirmed", "99 未确认", "最新核查结果为 99（未确认完成）的儿童。",
		func(b Bucket) bool { return b.Code == CodeUnconfirmed }, func(r *Row) *int64 { return &r.Unconfirmed }),
	count("pending", "未处理", "尚无任何核查结果的儿童。",
		func(b Bucket) bool { return b.Code == "" }, func(r *Row) *int64 { return &r.Pending }),
	work("late", "其中月末新分", "未处理儿童中，在截至时点前 "+strconv.Itoa(LateDays)+" 天内才分到本地区的；已计入未处理，单列说明。", Late, func(r *Row) *int64 { return &r.Late }),
	work("overdue", "超期", "已有核查结果、最近一项期限的最后一天早于截至时点的儿童。", Overdue, func(r *Row) *int64 { return &r.Overdue }),
	work("closed", "销号", "核查结果为 B 类，且学籍事项已办结、没有未完复核的儿童。", Settled, func(r *Row) *int64 { return &r.Closed }),
	since(rate("closedRate", "销号率", "closed", "total"), WorkDefinitions),
	work("dutyOpen", "学籍待办", "返校后尚需新建学籍或更改辍学状态的儿童。", DutyOpen, func(r *Row) *int64 { return &r.DutyOpen }),
	work("givenBack", "退回", "复核退回、尚未重新核查的儿童。", GivenBack, func(r *Row) *int64 { return &r.GivenBack }),
	count("added", "本月新增", "当月首次进入台账的儿童。", has(Added), func(r *Row) *int64 { return &r.Added }),
	count("changed", "本月变更", "最新核查结果产生于当月的儿童。", has(Changed), func(r *Row) *int64 { return &r.Changed }),
	count("everA", "曾为 A", "截至时点曾核查为 A 类的儿童：劝返率的分母。", has(EverA), func(r *Row) *int64 { return &r.EverA }),
}, codeFigures())

func count(key, title, meaning string, counts func(Bucket) bool, cell func(*Row) *int64) Figure {
	return Figure{Key: key, Title: title, Meaning: meaning, Kind: CountFigure, Since: FirstDefinitions, counts: counts, cell: cell}
}

func work(key, title, meaning string, trait Traits, cell func(*Row) *int64) Figure {
	return since(count(key, title, meaning, has(trait), cell), WorkDefinitions)
}

func rate(key, title, numerator, denominator string) Figure {
	return Figure{
		Key: key, Title: title, Kind: RateFigure, Since: FirstDefinitions, Numerator: numerator, Denominator: denominator,
		Meaning: "分母为零时不计算，记为 —；未满全部不写作 100.00%。",
	}
}

func since(f Figure, version int) Figure {
	f.Since = version
	return f
}

func has(trait Traits) func(Bucket) bool {
	return func(b Bucket) bool { return b.Traits&trait != 0 }
}

func codeFigures() []Figure {
	figures := make([]Figure, len(Codes))
	for i, code := range Codes {
		figures[i] = count("byCode."+code, code, "最新核查结果为 "+code+" 的儿童。",
			func(b Bucket) bool { return b.Code == code }, nil)
	}
	return figures
}

// FigureOf returns the column of a key.
func FigureOf(key string) (Figure, bool) {
	i := slices.IndexFunc(Figures, func(f Figure) bool { return f.Key == key })
	if i < 0 {
		return Figure{}, false
	}
	return Figures[i], true
}

// Counts reports whether the column counts the children of a bucket; a rate and a rank
// count none.
func (f Figure) Counts(b Bucket) bool { return f.counts != nil && f.counts(b) }

// Count is the column's cell in a row; zero for a rate, the rank itself for the rank.
func (f Figure) Count(r *Row) int64 {
	switch {
	case f.cell != nil:
		return *f.cell(r)
	case f.Key == "verified":
		return r.A + r.B
	case f.Kind == RankFigure:
		return int64(r.Rank)
	}
	return r.ByCode[f.Title]
}

// Parts are what a rate divides in a row.
func (f Figure) Parts(r *Row) (numerator, denominator int64) {
	n, _ := FigureOf(f.Numerator)
	d, _ := FigureOf(f.Denominator)
	return n.Count(r), d.Count(r)
}

// Rate is the column's share in a row, e.g. 33.33%.
func (f Figure) Rate(r *Row) string { return Percent(f.Parts(r)) }

// Formula writes a rate's division with the titles of its figures.
func (f Figure) Formula() string {
	numerator, ok := FigureOf(f.Numerator)
	if !ok {
		return ""
	}
	denominator, _ := FigureOf(f.Denominator)
	return numerator.Title + " ÷ " + denominator.Title
}

// Value is what stands in a row's cell of a workbook: a count or a rank (int64), a rate (Fraction), or NoRate.
func (f Figure) Value(r *Row) any {
	switch {
	case f.Kind == RateFigure:
		return FractionOf(f.Parts(r))
	case f.Kind == RankFigure && r.Rank == 0:
		return NoRate
	}
	return f.Count(r)
}

// Text is the same where only texts stand.
func (f Figure) Text(r *Row) string {
	switch {
	case f.Kind == RateFigure:
		return f.Rate(r)
	case f.Kind == RankFigure && r.Rank == 0:
		return NoRate
	}
	return strconv.FormatInt(f.Count(r), 10)
}
