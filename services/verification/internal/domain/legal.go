package domain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"baoxue.internal/pkg/fault"
)

// LegalRung is a kind of legal step.
type LegalRung struct {
	// Code is stored with each step; a rung may be renamed, its code stays.
	Code string `json:"code"`
	Name string `json:"name"`
	// Days are the working days after a step within which the next one is due; 0 sets no
	// deadline.
	Days int `json:"days"`
	// Document: the step is a document with a number (文号).
	Document bool `json:"document"`
}

// LegalLadder are the legal steps against a guardian who keeps a child from school, lowest
// first: 宣传教育, 责令改正, 行政处罚, 强制执行 (DOMAIN §6). Empty means that none are recorded.
type LegalLadder []LegalRung

// Check reports a ladder that means nothing.
func (l LegalLadder) Check() error {
	codes := map[string]bool{}
	for _, r := range l {
		if r.Code == "" || fault.Unsaid(r.Name) || codes[r.Code] {
			return errors.New("each legal step has a name, and a code of its own")
		}
		if utf8.RuneCountInString(r.Name) > maxShort {
			return fmt.Errorf("the name of a legal step has at most %d characters", maxShort)
		}
		if r.Days < 0 {
			return errors.New("a legal step's deadline is at least 0 working days")
		}
		codes[r.Code] = true
	}
	return nil
}

// place is how high a code is, from 0; -1 for what the ladder does not know.
func (l LegalLadder) place(code string) int {
	return slices.IndexFunc(l, func(r LegalRung) bool { return r.Code == code })
}

// highest is the first step that was taken on the highest rung; nil without any. A step of
// a rung that was abolished since is above all others: it holds nothing up.
func (l LegalLadder) highest(taken []LegalStep) (highest *LegalStep) {
	height := func(s *LegalStep) int {
		if place := l.place(s.Code); place >= 0 {
			return place
		}
		return len(l)
	}
	for i := range taken {
		s := &taken[i]
		if highest == nil || height(s) > height(highest) || height(s) == height(highest) && s.On.Before(highest.On) {
			highest = s
		}
	}
	return highest
}

// nextDue is the last day for the step above the highest, zero without one.
func (l LegalLadder) nextDue(taken []LegalStep, calendar Calendar) time.Time {
	top := l.highest(taken)
	if top == nil {
		return time.Time{}
	}
	place := l.place(top.Code)
	if place < 0 || place == len(l)-1 || l[place].Days == 0 {
		return time.Time{}
	}
	return calendar.After(top.On, l[place].Days)
}

// LegalStepForm is a legal step as the clerk filled it in.
type LegalStepForm struct {
	Code string
	Date string
	// DocumentNumber is the 文号, Authority who acted.
	DocumentNumber string
	Authority      string
	Note           string
}

// LegalStep is a recorded step. Nothing of it is changed later; a wrong one is withdrawn.
type LegalStep struct {
	LegalStepForm
	ID, EntryID string
	// On is the form's date.
	On time.Time
	// Name is the rung's when the step was recorded.
	Name string
	// Number counts the entry's steps from 1.
	Number int
	// Revision is the newest finding's at that time.
	Revision int64
	Author   string
	At       time.Time
	// Withdrawal is nil while the step holds.
	Withdrawal *Withdrawal
}

// Withdrawal says that a step was not taken, or does not hold any more.
type Withdrawal struct {
	Reason string
	Author string
	At     time.Time
}

// What a legal step is refused with.
var (
	ErrLegalStepUnneeded  = fault.New(fault.Precondition, "NO_PERSUASION_NEEDED", "该记录当前不是需要劝返（A 类）的核查结果，不能登记依法控辍措施")
	ErrLegalStepWithdrawn = fault.New(fault.Precondition, "LEGAL_STEP_WITHDRAWN", "该措施已经撤回，请刷新后查看")
)

// NewLegalStep is the step of a form, or all that speaks against it. taken are the entry's
// steps; today is a day as Today gives it.
func (w Work) NewLegalStep(f LegalStepForm, e Entry, taken []LegalStep, ladder LegalLadder, today time.Time) (LegalStep, error) {
	if !strings.HasPrefix(w.Code, "A") {
		return LegalStep{}, ErrLegalStepUnneeded
	}
	c := legalChecker{formChecker: formChecker{prefix: "form."}, form: f, ladder: ladder, taken: w.legalSteps(taken)}
	place := ladder.place(f.Code)
	c.words(place)
	day, dated := c.pastDay("date", "实施日期", f.Date, e, today)
	c.order(place, day, dated)
	c.repeated(day)
	if err := fault.FromViolations("LEGAL_STEP_INVALID", "依法控辍措施填写有误，请按提示修改后保存", c.violations); err != nil {
		return LegalStep{}, err
	}
	return LegalStep{LegalStepForm: f, EntryID: e.ID, On: day, Name: ladder[place].Name, Number: len(taken) + 1, Revision: w.Revision}, nil
}

// legalSteps are those that hold and are of the persuading that goes on, if one does.
func (w Work) legalSteps(all []LegalStep) []LegalStep {
	if !w.Persuading {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(s LegalStep) bool { return s.Withdrawal != nil || s.Revision < w.PersuadingFrom })
}

// NextLegalStep is the code of the step that comes next; empty when none may be taken.
func (w Work) NextLegalStep(all []LegalStep, ladder LegalLadder) string {
	if !strings.HasPrefix(w.Code, "A") || len(ladder) == 0 {
		return ""
	}
	top := ladder.highest(w.legalSteps(all))
	if top == nil {
		return ladder[0].Code
	}
	place := ladder.place(top.Code)
	return ladder[min(place+1, len(ladder)-1)].Code
}

// AfterLegalSteps is the work once the entry's steps are these: the next one's deadline takes
// the place of that of persuading. A second step on one rung gives no new time.
func (w Work) AfterLegalSteps(all []LegalStep, r Rules) Work {
	taken, name := w.legalSteps(all), ""
	if top := r.LegalLadder.highest(taken); top != nil {
		name = top.Name
	}
	due := r.LegalLadder.nextDue(taken, r.Calendar)
	if due.Equal(w.LegalDue) && name == w.LegalStep {
		return w
	}
	w = w.changed()
	w.LegalDue, w.LegalStep = due, name
	return w
}

// CheckWithdrawal refuses a withdrawal that says nothing.
func CheckWithdrawal(reason string) error {
	var c formChecker
	c.texts([]textField{{"reason", "撤回理由", reason, maxLong, true}})
	return fault.FromViolations("LEGAL_STEP_INVALID", "撤回理由填写有误，请按提示修改", c.violations)
}

type legalChecker struct {
	formChecker
	form   LegalStepForm
	ladder LegalLadder
	taken  []LegalStep
}

func (c *legalChecker) words(place int) {
	f := c.form
	switch {
	case f.Code == "":
		c.violate("code", "REQUIRED", "请选择措施")
	case place < 0:
		c.violate("code", "LEGAL_STEP_UNKNOWN", "没有这项措施，请刷新后重新选择")
	}
	c.texts([]textField{
		{"document_number", "文号", f.DocumentNumber, maxShort, place >= 0 && c.ladder[place].Document},
		{"authority", "实施机关", f.Authority, maxShort, true},
		{"note", "说明", f.Note, maxLong, false},
	})
}

// order refuses a step that leaves out the one below it, or is from before that.
func (c *legalChecker) order(place int, day time.Time, dated bool) {
	if place <= 0 {
		return
	}
	below := c.ladder[place-1]
	top := c.ladder.highest(c.taken)
	if top == nil || c.ladder.place(top.Code) >= 0 && c.ladder.place(top.Code) < place-1 {
		c.violate("code", "LEGAL_STEP_OUT_OF_ORDER", fmt.Sprintf("应先登记“%s”，再登记“%s”", below.Name, c.ladder[place].Name))
		return
	}
	first := c.ladder.highest(slices.DeleteFunc(slices.Clone(c.taken), func(s LegalStep) bool { return s.Code != below.Code }))
	if first != nil && dated && day.Before(first.On) {
		c.violate("date", "DATE_IN_PAST", fmt.Sprintf("实施日期不能早于“%s”的日期 %s", below.Name, first.Date))
	}
}

// repeated refuses what was recorded already: by somebody else, or by a second press.
func (c *legalChecker) repeated(day time.Time) {
	if slices.ContainsFunc(c.taken, func(s LegalStep) bool {
		return s.Code == c.form.Code && s.On.Equal(day) && s.DocumentNumber == c.form.DocumentNumber
	}) {
		c.violate("code", "LEGAL_STEP_REPEATED", "同一日期、同一文号的该项措施已登记过")
	}
}
