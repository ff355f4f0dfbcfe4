package verification_test

import (
	"testing"

	"baoxue.internal/pkg/calendar"
	"baoxue.internal/services/verification/internal/domain"
)

// rules are those of the default settings, said again.
func rules(t *testing.T) domain.Rules {
	t.Helper()
	days, err := calendar.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return domain.Rules{
		Calendar: days,
		Settings: domain.Settings{
			Deadlines:    domain.Deadlines{Returned: 10, Persuasion: 20, Unconfirmed: 10, Duty: 10, Notice: 10},
			FollowUpDays: []int{30, 60, 120, 180}, OrderRemindDays: 3,
			Recheck: domain.Recheck{Months: 3},
			LegalLadder: domain.LegalLadder{
				{Code: "EDUCATION", Name: "宣传教育", Days: 10},
				{Code: "ORDER", Name: "责令改正", Days: 10, Document: true},
				{Code: "PENALTY", Name: "行政处罚", Days: 20, Document: true},
				{Code: "ENFORCEMENT", Name: "强制执行或诉讼", Document: true},
			},
			Signals: domain.SignalSettings{
				WitnessChildren: 30, ExplanationChildren: 10, BurstDays: 3, BurstShare: 0.5, BurstLeast: 10, FarDeviations: 2.5, FarLeast: 30,
			},
		},
	}
}
