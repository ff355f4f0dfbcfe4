package domain_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"baoxue.internal/services/verification/internal/domain"
)

// happened is one step in an entry's life.
type happened struct {
	what      string // finding, visit, step, withdraw, duty, check, missed, draw, confirm or return
	code      string
	hasRecord bool
	on        time.Time
	next      time.Time
	// withdraws is the place of the step in the life.
	withdraws int
}

// life is the model: it remembers what happened and works everything out from the whole
// of it, where domain.Work goes step by step.
type life []happened

// findings are the steps that are findings, by their place.
func (l life) findings() (places []int) {
	for i, h := range l {
		if h.what == "finding" {
			places = append(places, i)
		}
	}
	return places
}

func inClass(code string) bool { return slices.Contains([]string{"B2", "B3", "B4", "B8"}, code) }

func kind(code string) string {
	switch {
	case code == "99" || strings.HasPrefix(code, "A"):
		return code[:1]
	case inClass(code):
		return "in class"
	}
	return "settled"
}

// run is the first of the findings of one kind that end with the nth.
func (l life) run(f []int, n int) int {
	for n > 0 && kind(l[f[n-1]].code) == kind(l[f[n]].code) {
		n--
	}
	return n
}

// wanted reports whether the child was being persuaded just before the nth finding.
func (l life) wanted(f []int, n int) bool {
	if n == 0 {
		return false
	}
	switch kind(l[f[n-1]].code) {
	case "A":
		return true
	case "9":
		first := l.run(f, n-1)
		// What was taken for a return is not established any more.
		return first > 0 && (l.wanted(f, first) || kind(l[f[first-1]].code) == "in class" && l.returned(f, first-1))
	}
	return false
}

// returned reports whether the nth finding is of a child who came back to class.
func (l life) returned(f []int, n int) bool {
	return kind(l[f[n]].code) == "in class" && l.wanted(f, l.run(f, n))
}

// wantedFrom is the first of the findings since which the child was being persuaded.
func (l life) wantedFrom(f []int) int {
	first := len(f) - 1
	for first > 0 && l[f[first-1]].code[0] != 'B' {
		first--
	}
	for kind(l[f[first]].code) == "9" && (first == 0 || l[f[first-1]].code[0] != 'B' || !l.returned(f, first-1)) {
		first++
	}
	return first
}

// ladder is the highest step of the law since then, by its place from 0, and the day it was
// first taken on; -1 without any.
func (l life) ladder() (place int, on time.Time) {
	f := l.findings()
	withdrawn := map[int]bool{}
	for _, h := range l {
		if h.what == "withdraw" {
			withdrawn[h.withdraws] = true
		}
	}
	place = -1
	for i := f[l.wantedFrom(f)]; i < len(l); i++ {
		if at := slices.Index(rungs, l[i].code); l[i].what == "step" && !withdrawn[i] && at > place {
			place, on = at, l[i].on
		}
	}
	return place, on
}

var rungs = []string{"EDUCATION", "ORDER", "PENALTY", "ENFORCEMENT"}

func (l life) count(from int, what string) (n int) {
	for _, h := range l[from:] {
		if h.what == what {
			n++
		}
	}
	return n
}

func (l life) expect() (w domain.Work, closed bool) {
	f := l.findings()
	last := len(f) - 1
	newest := l[f[last]]
	w = domain.Work{Revision: int64(len(f)), Code: newest.code, Duty: domain.NoDuty}
	for _, h := range l {
		w.HasRecord = w.HasRecord || h.hasRecord || h.what == "duty"
	}
	w.Persuading = kind(newest.code) == "A" || kind(newest.code) == "9" && l.wanted(f, len(f))
	if w.Persuading {
		w.PersuadingFrom = int64(l.wantedFrom(f) + 1)
		if place, _ := l.ladder(); place >= 0 {
			w.LegalStep = workRules.LegalLadder[place].Name
		}
	}
	for i := range l {
		switch h := l[i]; {
		case h.what == "draw":
			w.UnderReview = true
		case h.what == "confirm" || h.what == "return" || h.what == "finding" && h.code[0] != 'B':
			w.UnderReview = false
		}
	}
	w.Returned = l.count(f[last], "return") > 0
	for n := 1; n <= last; n++ {
		if kind(l[f[n]].code) == "A" && l.returned(f, n-1) {
			w.Relapses, w.RelapsedFrom = w.Relapses+1, int64(l.run(f, n-1)+1)
		}
	}
	if l.returned(f, last) {
		first := l.run(f, last)
		w.InClassSince, w.ReturnRevision, w.FollowUpsDone = l[f[first]].on, int64(first+1), l.count(f[first], "check")
		switch {
		case l.count(f[first], "duty") > 0:
			w.Duty = domain.DutyDone
		case newest.code == "B4" || newest.code == "B8":
		case w.HasRecord:
			w.Duty = domain.ChangeStatus
		default:
			w.Duty = domain.CreateRecord
		}
	}
	closed = newest.code[0] == 'B' && !w.Returned && !w.UnderReview && w.Duty != domain.CreateRecord && w.Duty != domain.ChangeStatus
	return w, closed
}

// due is the model's own idea of the earliest deadline.
func (l life) due(w domain.Work) string {
	f := l.findings()
	last := len(f) - 1
	dues := []string{}
	add := func(on time.Time, days int, kind domain.DueKind) {
		dues = append(dues, on.AddDate(0, 0, days).Format(time.DateOnly)+" "+string(kind))
	}
	start := f[l.run(f, last)]
	switch kind(l[f[last]].code) {
	case "A":
		switch place, on := l.ladder(); place {
		case 0:
			add(on, 3, domain.DueLegalStep)
		case 1:
			add(on, 40, domain.DueLegalStep)
		default:
			add(l[start].on, 20, domain.DuePersuasion)
		}
		for _, h := range slices.Backward(l[start:]) {
			if h.what == "visit" {
				if !h.next.IsZero() {
					add(h.next, 0, domain.DueVisit)
				}
				break
			}
		}
	case "9":
		add(l[start].on, 10, domain.DueUnconfirmed)
	}
	if on := l[f[last]].on; l[f[last]].code == "B9" {
		quarter := 1
		for int(on.Month()) > 3*quarter {
			quarter++
		}
		ends := []string{"", "03-31", "06-30", "09-30", "12-31", "03-31"}
		add(date(strconv.Itoa(on.Year()+quarter/4)+"-"+ends[quarter+1]), 0, domain.DueRecheck)
	}
	for _, h := range l[f[last]:] {
		if h.what == "return" {
			add(h.on, 2, domain.DueReturned)
		}
	}
	if w.Duty.Open() {
		// Since the duty was opened, in this return, without a B4 or B8 in between.
		n := last
		for n > l.run(f, last) && slices.Contains([]string{"B2", "B3"}, l[f[n-1]].code) {
			n--
		}
		add(l[f[n]].on, 5, domain.DueDuty)
	}
	for _, h := range slices.Backward(l[f[last]:]) {
		if h.what == "missed" {
			add(h.on, 0, domain.DueFollowUp)
		}
		if h.what == "missed" || h.what == "check" {
			break
		}
	}
	if !w.InClassSince.IsZero() && w.FollowUpsDone < 2 {
		add(w.InClassSince, []int{30, 60}[w.FollowUpsDone], domain.DueFollowUp)
	}
	if len(dues) == 0 {
		return ""
	}
	return slices.MinFunc(dues, func(a, b string) int { return strings.Compare(a[:10], b[:10]) })
}

// Whatever happens to an entry, in whatever order, what remains to be done is what the
// whole of its life says.
func TestTheLifeOfAnEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var work domain.Work
		var model life
		var steps []domain.LegalStep
		// where each of them is in the life.
		var places []int
		today := date("2026-01-01")
		step := func(h happened, after domain.Work) {
			h.on = today
			model, work = append(model, h), after
		}
		found := func(t *rapid.T) {
			h := happened{
				what: "finding", code: rapid.SampledFrom([]string{"A1", "A8", "99", "B1", "B2", "B3", "B4", "B8", "B9"}).Draw(t, "code"),
				hasRecord: rapid.IntRange(0, 4).Draw(t, "record") == 0,
			}
			step(h, work.AfterFinding(domain.Found{Revision: work.Revision + 1, Code: h.code, HasRecord: h.hasRecord, On: today}, workRules))
		}
		found(t)
		t.Repeat(map[string]func(*rapid.T){
			"a day passes": func(t *rapid.T) { today = today.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days")) },
			"a finding":    found,
			"a visit": func(t *rapid.T) {
				h := happened{what: "visit"}
				if rapid.Bool().Draw(t, "another is planned") {
					h.next = today.AddDate(0, 0, rapid.IntRange(1, 30).Draw(t, "in days"))
				}
				step(h, work.AfterVisit(h.next))
			},
			"a step of the law": func(t *rapid.T) {
				place := rapid.IntRange(0, len(rungs)-1).Draw(t, "rung")
				form := domain.LegalStepForm{
					Code: rungs[place], Date: today.Format(time.DateOnly), Authority: "镇政府", DocumentNumber: strconv.Itoa(len(steps)),
				}
				taken, err := work.NewLegalStep(form, domain.Entry{}, steps, workRules.LegalLadder, today)
				allowed := work.Code[0] == 'A'
				if allowed {
					highest, _ := model.ladder()
					allowed = place <= highest+1
				}
				if (err == nil) != allowed {
					t.Fatalf("%s after %+v: %v", form.Code, model, err)
				}
				if err != nil {
					return
				}
				steps, places = append(steps, taken), append(places, len(model))
				step(happened{what: "step", code: form.Code}, work.AfterLegalSteps(steps, workRules))
			},
			"a step is withdrawn": func(t *rapid.T) {
				held := slices.DeleteFunc(slices.Clone(places), func(at int) bool { return steps[slices.Index(places, at)].Withdrawal != nil })
				if len(held) == 0 {
					t.Skip("none was taken")
				}
				at := rapid.SampledFrom(held).Draw(t, "which")
				steps[slices.Index(places, at)].Withdrawal = &domain.Withdrawal{}
				step(happened{what: "withdraw", withdraws: at}, work.AfterLegalSteps(steps, workRules))
			},
			"the duty is done": func(t *rapid.T) {
				if !work.Duty.Open() {
					t.Skip("no duty is open")
				}
				step(happened{what: "duty"}, work.AfterDuty())
			},
			"a check": func(t *rapid.T) {
				if work.MayFollowUp(today) != nil {
					t.Skip("the child did not come back")
				}
				if rapid.Bool().Draw(t, "found") {
					step(happened{what: "check"}, work.AfterFollowUp())
					return
				}
				step(happened{what: "missed"}, work.AfterMissed(today))
			},
			"drawn": func(t *rapid.T) {
				if work.Code[0] != 'B' || work.UnderReview || work.Returned {
					t.Skip("nothing to review")
				}
				step(happened{what: "draw"}, work.AfterDrawn())
			},
			"reviewed": func(t *rapid.T) {
				if !work.UnderReview {
					t.Skip("no review is open")
				}
				if rapid.Bool().Draw(t, "confirmed") {
					step(happened{what: "confirm"}, work.AfterConfirmed())
					return
				}
				step(happened{what: "return"}, work.AfterReturned(today, workRules))
			},
			"": func(t *rapid.T) {
				want, closed := model.expect()
				got := work
				due := model.due(want)
				day, kind := work.Due(workRules)
				gotDue := ""
				if kind != domain.NotDue {
					gotDue = day.Format(time.DateOnly) + " " + string(kind)
				}
				// Deadlines are compared as what becomes of them; of two on one day either
				// may be named.
				got.Version, got.ReturnedDue, got.DutyDue, got.StateDue = 0, time.Time{}, time.Time{}, time.Time{}
				got.VisitDue, got.LegalDue, got.RecheckDue, got.MissedOn = time.Time{}, time.Time{}, time.Time{}, time.Time{}
				if got != want || work.Closed() != closed || (due == "") != (gotDue == "") || due != "" && due[:10] != gotDue[:10] {
					t.Fatalf("after %+v:\ngot  %+v, closed %t, due %s\nwant %+v, closed %t, due %s", model, got, work.Closed(), gotDue, want, closed, due)
				}
			},
		})
	})
}
