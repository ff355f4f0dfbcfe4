package app

import (
	"regexp"
	"strings"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/ledger/internal/domain"
)

// Selection is a Filter made ready for the store, within a scope.
type Selection struct {
	Scope domain.Scope
	// Counties are those of the scope that were asked for.
	Counties domain.Region
	Kind
	Detail
	Order Order
}

// Kind is what entries are counted by.
type Kind struct {
	// Statuses are the ones to select, none for nothing.
	Statuses []domain.Status
	// OrReturned selects what a review returned, whatever its status.
	OrReturned bool
	// Code and Source, when given, are the only ones.
	Code   string
	Source domain.Source
}

// All tells whether entries of every kind are selected.
func (k Kind) All() bool {
	return len(k.Statuses) == len(AllStatuses) && k.Code == "" && k.Source == domain.SourceUnspecified
}

// Detail is what only the entries themselves tell.
type Detail struct {
	Name     string
	IDNumber string
	// LastFour are the last four characters of a document number.
	LastFour string
	// Responsible is a user's id; empty means whoever.
	Responsible string
	Queue       Queue
	// Today and Soon are the days that the queues of deadlines are about.
	Today, Soon string
	// Flags are a text, so that details can be compared: separated by commas.
	Flags string
	// Tags are a text too.
	Tags   string
	School string
	// FoundFrom is included, FoundBefore is not; zero means any time.
	FoundFrom, FoundBefore time.Time
	ImportID               string
}

// Queue is work that waits.
type Queue int

// The queues.
const (
	QueueNone Queue = iota
	// QueueReturned is what a review returned.
	QueueReturned
	// QueueOverdue has a deadline that is over.
	QueueOverdue
	// QueueDueSoon has a deadline that will be over soon.
	QueueDueSoon
	// QueueDuty has an open student-record duty.
	QueueDuty
	// QueueFollowUp waits for a check after the return to class.
	QueueFollowUp
	// QueueClosed has nothing left to do, 销号.
	QueueClosed
	// QueuePersuading is out of school: the newest finding is an A.
	QueuePersuading
	// QueueLegal has a step of the law that was taken and holds, 依法控辍.
	QueueLegal
)

// AllStatuses are what a Kind has when it is asked for none in particular.
var AllStatuses = []domain.Status{domain.Pending, domain.Unconfirmed, domain.Handled}

// What looks like a document number: digits, perhaps a last X, at least six.
var numberLike = regexp.MustCompile(`^[0-9]{5,}[0-9Xx]$`)

// selection makes a filter ready for a caller; everything that is wrong with it is said
// at once.
func (e Entries) selection(caller Caller, f Filter) (Selection, error) {
	var wrong []fault.Violation
	refuse := func(field, message string) {
		wrong = append(wrong, fault.Violation{Field: field, Reason: "INVALID_REQUEST", Message: message})
	}
	region, err := domain.ParseRegion(f.Region)
	if err != nil {
		refuse("region", "地区应为六位区划代码或 none")
	}
	s := Selection{Scope: caller.Scope, Counties: caller.Scope.Within(region), Kind: f.kind(), Order: f.Order, Detail: Detail{
		Name: domain.Compact(f.Name), IDNumber: strings.ToUpper(domain.Compact(f.IDNumber)), School: domain.Clean(f.School),
		Responsible: f.Responsible, ImportID: f.ImportID, Queue: f.Queue,
	}}
	if f.Queue != QueueNone {
		today := e.Now().In(domain.Shanghai)
		s.Today, s.Soon = today.Format(time.DateOnly), today.AddDate(0, 0, e.SoonDays).Format(time.DateOnly)
	}
	if s.Responsible == Me {
		s.Responsible = caller.ID
	} else if s.Responsible != "" && domain.CheckID(s.Responsible) != nil {
		refuse("responsible", "责任人应为用户编号或 me")
	}
	if s.ImportID != "" && domain.CheckID(s.ImportID) != nil {
		refuse("import_id", "导入批次应为批次编号")
	}
	for _, flag := range f.Flags {
		if !domain.Flag(flag).Known() {
			refuse("flags", "没有名为“"+flag+"”的数据质量标记")
		}
	}
	s.Flags = strings.Join(f.Flags, ",")
	for _, tag := range f.Tags {
		if !domain.TagKnown(tag) {
			refuse("tags", "没有名为“"+tag+"”的特殊群体")
		}
	}
	s.Tags = strings.Join(f.Tags, ",")
	s.FoundFrom = day(f.FoundFrom, 0, "found_from", refuse)
	s.FoundBefore = day(f.FoundTo, 1, "found_to", refuse)
	if !s.FoundFrom.IsZero() && !s.FoundBefore.IsZero() && !s.FoundFrom.Before(s.FoundBefore) {
		refuse("found_to", "结束日期不能早于开始日期")
	}
	s.search(f.Q, caller, refuse)
	if len(wrong) > 0 {
		return Selection{}, fault.FromViolations("INVALID_REQUEST", "查询条件有误", wrong)
	}
	return s, nil
}

func (f Filter) kind() Kind {
	k := Kind{Statuses: AllStatuses, Code: f.Code, Source: f.Source}
	switch f.Tab {
	case TabPending:
		k.Statuses, k.OrReturned = []domain.Status{domain.Pending}, f.Status == 0
	case TabHandled:
		k.Statuses = []domain.Status{domain.Unconfirmed, domain.Handled}
	case TabAll:
	}
	if f.Status == 0 {
		return k
	}
	var both []domain.Status
	for _, status := range k.Statuses {
		if status == f.Status {
			both = append(both, status)
		}
	}
	k.Statuses = both
	return k
}

// day is the beginning of a day, or of the one so many days later.
func day(text string, later int, field string, refuse func(field, message string)) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation(time.DateOnly, text, domain.Shanghai)
	if err != nil {
		refuse(field, "日期应写作 2019-07-17")
		return time.Time{}
	}
	return at.AddDate(0, 0, later)
}

// search takes q for what it looks like.
func (s *Selection) search(q string, caller Caller, refuse func(field, message string)) {
	q = domain.Compact(q)
	switch {
	case q == "":
	case domain.IsLastFour(q):
		// Four digits are too few to look for beyond one's own county's children.
		if caller.Own.To() == "" || caller.Own != caller.Scope {
			refuse("q", "证件号码后四位只能在县（市、区）本级查询，请输入完整的证件号码")
		}
		s.LastFour = strings.ToUpper(q)
	case numberLike.MatchString(q) && s.IDNumber == "":
		s.IDNumber = strings.ToUpper(q)
	case s.Name == "":
		s.Name = q
	default:
		refuse("q", "q 与 name、idNumber 不能同时使用")
	}
}
