package domain

import (
	"errors"
	"slices"
	"time"
)

// Settings are the rules that change by an order of the department and not by a new
// program (DOMAIN §6).
type Settings struct {
	Deadlines Deadlines `json:"deadlines"`
	// FollowUpDays are the days after the return to class on which a check is due, in
	// order.
	FollowUpDays []int          `json:"followUpDays"`
	Signals      SignalSettings `json:"signals"`
	// OrderRemindDays before the last day of a supervision order its county is reminded.
	OrderRemindDays int `json:"orderRemindDays"`
	// EvidenceCodes are the codes that want a file before they can be saved. The notice
	// asks for none.
	EvidenceCodes []string    `json:"evidenceCodes"`
	Recheck       Recheck     `json:"recheck"`
	LegalLadder   LegalLadder `json:"legalLadder"`
}

// Recheck is how often a child who is not in class and needs no persuading is looked at again
// (县区一季度一复核, DOMAIN §6).
type Recheck struct {
	// Codes are those to be found anew; the notice asks for none.
	Codes []string `json:"codes"`
	// Months are the length of a period, counted from January: in each there is to be a finding.
	Months int `json:"months"`
}

// due is the last day of the period after that of a finding; zero for a code that is not looked at again.
func (r Recheck) due(f Found) time.Time {
	if !slices.Contains(r.Codes, f.Code) {
		return time.Time{}
	}
	period := (int(f.On.Month()) - 1) / r.Months
	return time.Date(f.On.Year(), time.Month((period+2)*r.Months+1), 0, 0, 0, 0, 0, time.UTC)
}

// Deadlines are in working days from the day on which a state began.
type Deadlines struct {
	Returned    int `json:"returned"`
	Persuasion  int `json:"persuasion"`
	Unconfirmed int `json:"unconfirmed"`
	Duty        int `json:"duty"`
	// Notice is what a family has from the day of a 限期复学通知书.
	Notice int `json:"notice"`
}

const monthsOfYear = 12

// Check reports settings that mean nothing.
func (s Settings) Check() error {
	d := s.Deadlines
	if min(d.Returned, d.Persuasion, d.Unconfirmed, d.Duty, d.Notice) < 1 {
		return errors.New("a deadline is at least one working day")
	}
	if !slices.IsSorted(s.FollowUpDays) || len(s.FollowUpDays) > 0 && s.FollowUpDays[0] < 1 {
		return errors.New("follow-up days are at least 1, in rising order")
	}
	if s.OrderRemindDays < 0 {
		return errors.New("an order's reminder comes no later than its last day")
	}
	if !s.Signals.sound() {
		return errors.New("a signal's threshold is out of range")
	}
	if m := s.Recheck.Months; m < 1 || monthsOfYear%m != 0 {
		return errors.New("the months between two checks make up a year: 1, 2, 3, 4, 6 or 12")
	}
	return s.LegalLadder.Check()
}
