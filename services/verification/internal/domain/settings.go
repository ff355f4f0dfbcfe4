package domain

import (
	"errors"
	"slices"
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
	LegalLadder   LegalLadder `json:"legalLadder"`
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
	return s.LegalLadder.Check()
}
