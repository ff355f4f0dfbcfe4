package verification_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// A new version of the standard is data. What was found by the old one means what it meant.
func TestAFindingKeepsTheMeaningItHad(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, domain.Shanghai)
	clock := func() time.Time { return now }
	entry := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	u, _ := useCase(t, s, entry)
	restart := func() { u.Now, u.Standard = clock, &app.CurrentStandard{Store: s, Now: clock} }
	restart()
	clerk := domain.Author{ID: "li", Name: "李老师"}
	if _, err := u.Submit(ctx, clerk, submission(entry.ID, "", "A1", 0)); err != nil {
		t.Fatal(err)
	}
	renamed := []domain.Code{{Code: "A1", Name: "务工经商", Action: domain.Dropout}, {Code: "99", Name: "未确认完成", Action: domain.Unconfirmed}}
	if err := u.Standard.Load(ctx, "2026-11-20", renamed); !fault.Is(err, "STANDARD_INVALID") {
		t.Fatalf("a standard for today: %v", err)
	}
	if err := u.Standard.Load(ctx, "2026-12-01", renamed); err != nil {
		t.Fatal(err)
	}
	if err := u.Standard.Load(ctx, "2026-12-01", renamed); !fault.Is(err, "STANDARD_INVALID") {
		t.Errorf("the same once more: %v", err)
	}
	now = now.AddDate(0, 1, 0)
	correction := submission(entry.ID, "", "A1", 1)
	correction.Form.Correction = domain.Correction{Revision: 1, Reason: "证明人填错"}
	if _, err := u.Submit(ctx, clerk, correction); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Submit(ctx, clerk, submission(entry.ID, "", "A2", 2)); !fault.Is(err, "FINDING_INVALID") {
		t.Errorf("a code that the new standard does not have: %v", err)
	}
	found, err := s.ListFindings(ctx, entry.ID)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	if was := found[1]; was.CodeName != "打工务农" || was.StandardFrom.Format(time.DateOnly) != "2019-07-01" || was.Correction != (domain.Correction{}) {
		t.Errorf("the old finding is %+v", was)
	}
	if is := found[0]; is.CodeName != "务工经商" || is.StandardFrom.Format(time.DateOnly) != "2026-12-01" || is.Correction != correction.Form.Correction {
		t.Errorf("the new one is %+v", is)
	}
}

// A version that somebody else loads in a day's last moments holds from the next one's first.
func TestAVersionHoldsFromMidnight(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	now := time.Date(2026, 11, 30, 23, 59, 40, 0, domain.Shanghai)
	clock := func() time.Time { return now }
	ours, other := &app.CurrentStandard{Store: s, Now: clock}, &app.CurrentStandard{Store: s, Now: clock}
	name := func() string {
		t.Helper()
		standard, err := ours.On(ctx, domain.Today(now))
		if err != nil {
			t.Fatal(err)
		}
		return standard["A1"].Name
	}
	if got := name(); got != "打工务农" {
		t.Errorf("before: %s", got)
	}
	now = now.Add(10 * time.Second)
	next := []domain.Code{{Code: "A1", Name: "务工经商", Action: domain.Dropout}, {Code: "99", Name: "未确认完成", Action: domain.Unconfirmed}}
	if err := other.Load(ctx, "2026-12-01", next); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "打工务农" {
		t.Errorf("on its last day: %s", got)
	}
	if now = now.Add(10 * time.Second); name() != "务工经商" {
		t.Errorf("at midnight: %s", name())
	}
}
