package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
)

// ChangeKind is what happens to divisions; the numbers are the contract's.
type ChangeKind int

// The kinds: 更名, 代码变更, 合并, 拆分, 划转.
const (
	Rename ChangeKind = iota + 1
	Recode
	Merge
	Split
	Transfer
)

// ChangedRegion is what a change ends with.
type ChangedRegion struct {
	Code, Name string
	// Parent is the city; empty means the one of the code's first four digits.
	Parent string
}

func (c ChangedRegion) parent() string {
	if c.Parent == "" && len(c.Code) == 6 {
		return c.Code[:4] + "00"
	}
	return c.Parent
}

// RegionChange is a change of divisions from a month on. It adds to the history: what held
// before the month stays as it was.
type RegionChange struct {
	ID    string
	Kind  ChangeKind
	Month string
	From  []string
	To    []ChangedRegion
	// Document is the official one that orders the change.
	Document  string
	Actor     string
	CreatedAt time.Time
}

var (
	monthShape  = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)
	countyShape = regexp.MustCompile(`^[0-9]{6}$`)
)

// Check reports all that is wrong with a change at once. thisMonth is today's: a month
// that has ended keeps its divisions, and with them its figures.
func (c RegionChange) Check(a *Regions, thisMonth string) error {
	k := &changeCheck{change: c, regions: a}
	switch {
	case !monthShape.MatchString(c.Month):
		k.violate("effective_month", "生效月份应写作 2026-12")
		// Nothing below can be judged without a month.
		return k.err()
	case c.Month < thisMonth:
		k.violate("effective_month", "生效月份不能早于本月（"+thisMonth+"）：已结束的月份保持当时的区划")
	}
	if fault.Unsaid(c.Document) {
		k.violate("document", "请填写批准文件的名称或文号")
	}
	k.beginsWith()
	k.endsWith()
	k.fitsKind()
	return k.err()
}

type changeCheck struct {
	change     RegionChange
	regions    *Regions
	violations []fault.Violation
}

func (k *changeCheck) violate(field, message string) {
	k.violations = append(k.violations, fault.Violation{Field: "change." + field, Reason: "REGION_CHANGE_INVALID", Message: message})
}

func (k *changeCheck) err() error {
	return fault.FromViolations("REGION_CHANGE_INVALID", "区划变更有误，请按提示修改", k.violations)
}

// beginsWith: counties of the province that are valid before and at the month, with no
// other change ahead of them, each once.
func (k *changeCheck) beginsWith() {
	if len(k.change.From) == 0 {
		k.violate("from_codes", "请填写变更前的县（市、区）")
	}
	for i, code := range k.change.From {
		field := fmt.Sprintf("from_codes[%d]", i)
		r, ok := k.regions.Get(code)
		switch {
		case !ok || r.Level != LevelCounty || !strings.HasPrefix(code, Province[:2]):
			k.violate(field, "“"+code+"”不是本省的县级区划代码")
		case r.To != "":
			k.violate(field, r.Name+"已撤销或已有变更（"+r.To+" 起）")
		case r.From >= k.change.Month:
			k.violate(field, r.Name+"自 "+r.From+" 起才有效，当月不能再变更")
		case slices.Contains(k.change.From[:i], code):
			k.violate(field, r.Name+"重复填写")
		}
	}
}

// endsWith: codes that go on, that exist, or that are new with a name and a city.
func (k *changeCheck) endsWith() {
	if len(k.change.To) == 0 {
		k.violate("to", "请填写变更后的县（市、区）")
	}
	for i, to := range k.change.To {
		field := fmt.Sprintf("to[%d].code", i)
		again := slices.ContainsFunc(k.change.To[:i], func(o ChangedRegion) bool { return o.Code == to.Code })
		known, ok := k.regions.Get(to.Code)
		switch {
		case !countyShape.MatchString(to.Code) || !strings.HasPrefix(to.Code, Province[:2]) || strings.HasSuffix(to.Code, "00"):
			k.violate(field, "“"+to.Code+"”不是本省的县级区划代码")
		case again:
			k.violate(field, "“"+to.Code+"”重复填写")
		case ok && !known.validIn(k.change.Month):
			k.violate(field, "代码 "+to.Code+" 曾用于"+known.Name+"，不能再用")
		case !ok:
			k.isNew(i, to)
		}
	}
}

func (k *changeCheck) isNew(i int, to ChangedRegion) {
	if fault.Unsaid(to.Name) {
		k.violate(fmt.Sprintf("to[%d].name", i), "新的区划代码 "+to.Code+" 须填写名称")
	}
	city, ok := k.regions.Get(to.parent())
	if !ok || city.Level != LevelCity || !city.validIn(k.change.Month) {
		k.violate(fmt.Sprintf("to[%d].parent_code", i), "请填写"+to.Name+"所属的设区市")
	}
}

// fitsKind: how many begin and end, and which of them are new.
func (k *changeCheck) fitsKind() {
	c := k.change
	if len(c.From) == 0 || len(c.To) == 0 {
		return
	}
	goesOn := slices.ContainsFunc(c.To, func(t ChangedRegion) bool { return slices.Contains(c.From, t.Code) })
	was, _ := k.regions.Get(c.From[0])
	first := c.To[0]
	_, exists := k.regions.Get(first.Code)
	switch c.Kind {
	case Rename:
		if len(c.From) != 1 || len(c.To) != 1 || first.Code != c.From[0] {
			k.violate("to", "更名只涉及一个区划，代码不变")
		} else if fault.Unsaid(first.Name) || first.Name == was.Name {
			k.violate("to[0].name", "请填写与现名不同的新名称")
		}
	case Recode:
		if len(c.From) != 1 || len(c.To) != 1 || exists || first.parent() != was.Parent {
			k.violate("to", "代码变更是同一设区市内的一个区划启用一个新代码")
		}
	case Transfer:
		if len(c.From) != 1 || len(c.To) != 1 || exists || first.parent() == was.Parent {
			k.violate("to", "划转是一个区划改属另一设区市，并启用新代码")
		}
	case Merge:
		if len(c.To) != 1 || len(c.From) < 2 && !exists || len(c.From) == 1 && goesOn {
			k.violate("to", "合并是两个以上的区划并为一个，或并入另一个现有的区划")
		}
	case Split:
		if len(c.From) != 1 || len(c.To) < 2 {
			k.violate("to", "拆分是一个区划分为两个以上，其中可以包括继续保留的原区划")
		}
	default:
		k.violate("kind", "请选择变更类型：更名、代码变更、合并、拆分或划转")
	}
}

// GoesOn reports whether the county that was split goes on, smaller, under its own code.
func (c RegionChange) GoesOn() bool {
	return c.Kind == Split && slices.ContainsFunc(c.To, func(t ChangedRegion) bool { return t.Code == c.From[0] })
}

// With returns the regions after a change that Check accepts; a is as it was.
func (a *Regions) With(c RegionChange) *Regions {
	changed := &Regions{versions: make(map[string][]*Region, len(a.versions)+len(c.To))}
	for code, versions := range a.versions {
		for _, r := range versions {
			clone := *r
			changed.versions[code] = append(changed.versions[code], &clone)
		}
	}
	var codes []string
	for _, to := range c.To {
		codes = append(codes, to.Code)
		if changed.versions[to.Code] == nil {
			changed.add(Region{Code: to.Code, Name: to.Name, Level: LevelCounty, Parent: to.parent(), From: c.Month})
		}
	}
	slices.Sort(codes)
	for _, from := range c.From {
		last := changed.versions[from][len(changed.versions[from])-1]
		switch {
		case c.Kind == Rename:
			renamed := *last
			renamed.Name, renamed.From = c.To[0].Name, c.Month
			last.To, last.Successors = c.Month, codes
			changed.add(renamed)
		case !slices.Contains(codes, from):
			last.To, last.Successors = c.Month, codes
		}
	}
	changed.arrange()
	return changed
}

func (a *Regions) add(r Region) { a.versions[r.Code] = append(a.versions[r.Code], &r) }
