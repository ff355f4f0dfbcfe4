package domain

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"time"

	"baoxue.internal/pkg/fault"
)

// Codes are the classification codes in their natural order: B10 after B9.
var Codes = []string{
	"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8",
	"B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10",
}

// CodeUnconfirmed is 未确认完成, which is neither A nor B.
const CodeUnconfirmed = "99"

// Source of a row: 1 to 3, 0 where the ledger names none.
type Source int16

// AllSources marks a row over all sources.
const AllSources Source = -1

var allSources = []Source{AllSources, 1, 2, 3, 0}

var sourceNames = map[Source]string{
	0: "未标明", 1: "疑似辍学和辍学", 2: "适龄无学籍", 3: "建档立卡未匹配", AllSources: "全部",
}

// Name is what the source is called in tables.
func (s Source) Name() string { return sourceNames[s] }

// Bucket is a number of entries alike in county, source and newest code.
type Bucket struct {
	// County is empty for the province's own queue.
	County string
	Source Source
	// Code is empty for pending.
	Code    string
	Entries int64
	// Traits are what else the entries have in common.
	Traits Traits
}

func (b Bucket) verified() bool { return b.Code != "" && b.Code != CodeUnconfirmed }

// Traits are the properties of an entry, as of a cut-off, that figures count by.
type Traits int32

// The traits; the store computes the same bits.
const (
	// Added: registered within the month.
	Added Traits = 1 << iota
	// Changed: the newest outcome is of the month.
	Changed
	// EverA: had an A by the cut-off.
	EverA
	// Returned: of these, now in a school.
	Returned
	// Settled is 销号.
	Settled
	// GivenBack: a review returned the entry, no finding has answered it.
	GivenBack
	// DutyOpen: a student-record duty waits.
	DutyOpen
	// Overdue: the earliest deadline is over.
	Overdue
	// Late: pending, and routed here within the last LateDays.
	Late
)

// Levels of a row's region.
const (
	LevelProvince = "province"
	LevelCity     = "city"
	LevelCounty   = "county"
	LevelQueue    = "none"
)

// Region is a row's region.
type Region struct {
	Code, Name, Level, Parent string
}

// Queue is the explicit row of the province's own queue (省本级).
var Queue = Region{Code: "none", Name: "省本级", Level: LevelQueue, Parent: Province.Code}

// Province is the province's row.
var Province = Region{Code: "330000", Name: "浙江省", Level: LevelProvince}

// Row is one region's figures for one source or all.
type Row struct {
	Region Region
	Source Source
	// Total = Pending + Unconfirmed + A + B, always.
	Total, Pending, Unconfirmed, A, B int64
	ByCode                            map[string]int64
	Added, Changed, EverA, Returned   int64
	// Since WorkDefinitions; zero in older snapshots.
	Closed, GivenBack, DutyOpen, Overdue, Late int64
	// Rank by 核查率 among the regions of a level; ties share a rank, 0: not ranked.
	Rank int
}

// Share is part of whole in hundredths of a per cent, rounded half up; false over zero.
// What is not all is never 10000, and what is not nothing never 0.
func Share(part, whole int64) (hundredths int64, ok bool) {
	if whole == 0 {
		return 0, false
	}
	hundredths = (part*20000 + whole) / (2 * whole)
	switch {
	case hundredths == 10000 && part < whole:
		hundredths = 9999
	case hundredths == 0 && part > 0:
		hundredths = 1
	}
	return hundredths, true
}

// NoRate is what stands where there is nothing to divide by.
const NoRate = "—"

// Fraction is a share as a cell that is added up and compared has it: 1 is all.
type Fraction float64

// FractionOf is Share for such a cell: a Fraction, or NoRate.
func FractionOf(part, whole int64) any {
	hundredths, ok := Share(part, whole)
	if !ok {
		return NoRate
	}
	return Fraction(float64(hundredths) / 10000)
}

// Percent writes a share with two decimals.
func Percent(part, whole int64) string {
	hundredths, ok := Share(part, whole)
	if !ok {
		return NoRate
	}
	return fmt.Sprintf("%d.%02d%%", hundredths/100, hundredths%100)
}

func (r *Row) add(b Bucket) {
	for _, f := range Figures {
		if f.cell != nil && f.counts(b) {
			*f.cell(r) += b.Entries
		}
	}
	if b.verified() {
		r.ByCode[b.Code] += b.Entries
	}
}

// Table builds the rows: the province, each city followed by its counties, the
// province's own queue; for each, all sources first. regions are the month's
// divisions. A county that they do not have keeps a row of its own, so that no
// child is missing from any sum.
func Table(buckets []Bucket, regions []Region) ([]Row, error) {
	ordered := order(buckets, regions)
	parent, level := map[string]string{}, map[string]string{}
	for _, r := range ordered {
		parent[r.Code], level[r.Code] = r.Parent, r.Level
	}
	rows := map[string]map[Source]*Row{}
	for _, r := range ordered {
		rows[r.Code] = map[Source]*Row{}
		for _, s := range allSources {
			rows[r.Code][s] = newRow(r, s)
		}
	}
	for _, b := range buckets {
		if b.Code != "" && b.Code != CodeUnconfirmed && !slices.Contains(Codes, b.Code) {
			return nil, fmt.Errorf("figures: %d entries of %q have the unknown code %q", b.Entries, b.County, b.Code)
		}
		code := b.County
		if code == "" {
			code = Queue.Code
		} else if level[code] != LevelCounty {
			return nil, fmt.Errorf("figures: %d entries of %q, which is no county", b.Entries, b.County)
		}
		for at := code; at != ""; at = parent[at] {
			row, known := rows[at][b.Source]
			if !known {
				return nil, fmt.Errorf("figures: %d entries of %q have the unknown source %d", b.Entries, b.County, b.Source)
			}
			row.add(b)
			rows[at][AllSources].add(b)
		}
	}
	table := make([]Row, 0, len(ordered)*len(allSources))
	for _, r := range ordered {
		for _, s := range allSources {
			table = append(table, *rows[r.Code][s])
		}
	}
	rank(table)
	return table, checkSums(table, buckets)
}

func newRow(r Region, s Source) *Row {
	row := &Row{Region: r, Source: s, ByCode: make(map[string]int64, len(Codes))}
	for _, c := range Codes {
		row.ByCode[c] = 0
	}
	return row
}

// order returns province, cities with their counties, and the queue.
func order(buckets []Bucket, regions []Region) []Region {
	// The province is not to become a city of its own: the sums would never end.
	known := map[string]Region{Province.Code: Province}
	for _, r := range regions {
		known[r.Code] = r
	}
	add := func(code, name, level, parent string) {
		if _, ok := known[code]; !ok {
			known[code] = Region{Code: code, Name: name, Level: level, Parent: parent}
		}
	}
	for _, b := range buckets {
		// The queue, or no region's code, which the table refuses.
		if len(b.County) != len(Province.Code) {
			continue
		}
		add(b.County, b.County+"（当月不在区划中）", LevelCounty, b.County[:4]+"00")
		if county := known[b.County]; county.Level == LevelCounty {
			add(county.Parent, county.Parent+"（当月不在区划中）", LevelCity, Province.Code)
		}
	}
	var cities, ordered []Region
	counties := map[string][]Region{}
	for _, r := range known {
		switch r.Level {
		case LevelCity:
			cities = append(cities, r)
		case LevelCounty:
			counties[r.Parent] = append(counties[r.Parent], r)
		}
	}
	byCode := func(rs []Region) { sort.Slice(rs, func(i, j int) bool { return rs[i].Code < rs[j].Code }) }
	byCode(cities)
	ordered = append(ordered, Province)
	for _, c := range cities {
		byCode(counties[c.Code])
		ordered = append(append(ordered, c), counties[c.Code]...)
	}
	return append(ordered, Queue)
}

// rank orders the regions of a level by 核查率, compared exactly. A region
// without entries has no rate and no rank.
func rank(table []Row) {
	for _, level := range []string{LevelCity, LevelCounty} {
		var rows []*Row
		for i := range table {
			if r := &table[i]; r.Region.Level == level && r.Source == AllSources && r.Total > 0 {
				rows = append(rows, r)
			}
		}
		less := func(a, b *Row) bool { return (a.A+a.B)*b.Total > (b.A+b.B)*a.Total }
		sort.SliceStable(rows, func(i, j int) bool { return less(rows[i], rows[j]) })
		for i, r := range rows {
			r.Rank = i + 1
			if i > 0 && !less(rows[i-1], r) {
				r.Rank = rows[i-1].Rank
			}
		}
	}
}

// checkSums refuses a table whose rows do not add up: within a row, over the
// sources, over the children of a region, and to the buckets themselves.
func checkSums(table []Row, buckets []Bucket) error {
	var all int64
	for _, b := range buckets {
		all += b.Entries
	}
	children, sources, totals := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for i := range table {
		r := &table[i]
		if r.Total != r.Pending+r.Unconfirmed+r.A+r.B {
			return fmt.Errorf("figures: row %s/%d does not add up", r.Region.Code, r.Source)
		}
		var codes int64
		for _, n := range r.ByCode {
			codes += n
		}
		if codes != r.A+r.B {
			return fmt.Errorf("figures: codes of row %s/%d do not add up", r.Region.Code, r.Source)
		}
		if r.Source == AllSources {
			totals[r.Region.Code] = r.Total
			children[r.Region.Parent] += r.Total
		} else {
			sources[r.Region.Code] += r.Total
		}
	}
	for i := range table {
		r := &table[i]
		switch {
		case sources[r.Region.Code] != totals[r.Region.Code]:
			return fmt.Errorf("figures: sources of %s do not add up", r.Region.Code)
		case (r.Region.Level == LevelCity || r.Region.Level == LevelProvince) && children[r.Region.Code] != totals[r.Region.Code]:
			return fmt.Errorf("figures: children of %s do not add up", r.Region.Code)
		}
	}
	if totals[Province.Code] != all {
		return fmt.Errorf("figures: the province has %d entries, the events %d", totals[Province.Code], all)
	}
	return nil
}

// Digest of a table: lower-case hex SHA-256 over its rows in order. The same
// month from the same events gives the same digest. It covers the columns of the
// definitions by which the table was made. No event tells of reviews: they are as
// verification counted them at the close.
func Digest(m Month, cutoff time.Time, definitions int, table []Row, reviews []Reviewed) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", m, cutoff.UTC().Format(time.RFC3339Nano))
	for i := range table {
		r := &table[i]
		fmt.Fprintf(h, "%s %s %s %d %d %d %d %d %d", r.Region.Code, r.Region.Parent, r.Region.Level, r.Source,
			r.Total, r.Pending, r.Unconfirmed, r.A, r.B)
		for _, c := range Codes {
			fmt.Fprintf(h, " %d", r.ByCode[c])
		}
		fmt.Fprintf(h, " %d %d %d %d %d", r.Added, r.Changed, r.EverA, r.Returned, r.Rank)
		if definitions >= WorkDefinitions {
			fmt.Fprintf(h, " %d %d %d %d %d", r.Closed, r.GivenBack, r.DutyOpen, r.Overdue, r.Late)
		}
		fmt.Fprintln(h)
	}
	if definitions >= ReviewDefinitions {
		for _, r := range InOrder(reviews) {
			fmt.Fprintf(h, "%s %s %d %d\n", r.County, r.Code, r.Decided, r.Overturned)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// columnOf is the one that counts the children of a code, or of none.
func columnOf(code string) Figure {
	key := "byCode." + code
	switch code {
	case "":
		key = "pending"
	case CodeUnconfirmed:
		key = "unconfirmed"
	}
	f, _ := FigureOf(key)
	return f
}

// Reconcile compares the figures with the ledger's own counts and, on any
// difference, refuses with region, source and column of each (DOMAIN §4: the
// close refuses on a difference, naming it).
func Reconcile(events, ledger []Bucket, nameOf func(county string) string) error {
	type key struct {
		county string
		source Source
		code   string
	}
	difference := map[key][2]int64{}
	for i, side := range [2][]Bucket{events, ledger} {
		for _, b := range side {
			k := key{b.County, b.Source, b.Code}
			pair := difference[k]
			pair[i] += b.Entries
			difference[k] = pair
		}
	}
	var violations []fault.Violation
	for k, pair := range difference {
		if pair[0] == pair[1] {
			continue
		}
		region := cmp.Or(k.county, Queue.Code)
		column := columnOf(k.code)
		violations = append(violations, fault.Violation{
			Field: fmt.Sprintf("figures.%s.%d.%s", region, k.source, column.Key), Reason: "RECONCILIATION_FAILED",
			Message: fmt.Sprintf("%s（%s）“%s”列（数据类别：%s）：按事件汇总为 %d，台账为 %d", nameOf(k.county), region, column.Title, k.source.Name(), pair[0], pair[1]),
		})
	}
	if len(violations) == 0 {
		return nil
	}
	sort.Slice(violations, func(i, j int) bool { return violations[i].Field < violations[j].Field })
	return &fault.Error{
		Kind: fault.Precondition, Reason: "RECONCILIATION_FAILED",
		Message:    fmt.Sprintf("汇总数与台账不一致，共 %d 处，未生成月报；请运维人员用 baoxuectl month rebuild --check 比对事件，修复后再汇总", len(violations)),
		Violations: violations,
	}
}

// Complete refuses while any entry's history has a hole: where a child is now may
// be right all the same, whether it ever was to be persuaded is not.
func Complete(gaps map[string]int64, nameOf func(county string) string) error {
	violations := make([]fault.Violation, 0, len(gaps))
	for county, entries := range gaps {
		region := county
		if region == "" {
			region = Queue.Code
		}
		violations = append(violations, fault.Violation{
			Field: "history." + region, Reason: "EVENTS_BEHIND",
			Message: fmt.Sprintf("%s（%s）有 %d 条记录的变更历史不完整", nameOf(county), region, entries),
		})
	}
	if len(violations) == 0 {
		return nil
	}
	sort.Slice(violations, func(i, j int) bool { return violations[i].Field < violations[j].Field })
	return &fault.Error{
		Kind: fault.Precondition, Reason: "EVENTS_BEHIND", Violations: violations,
		Message: "部分记录缺少中间的变更事件，未生成月报；请运维人员用 baoxuectl month rebuild 按事件补齐后再汇总",
	}
}
