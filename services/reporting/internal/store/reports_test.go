package store_test

import (
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
)

var everywhere = app.Scope{Level: domain.LevelProvince, Region: domain.Province.Code}

func showing(s *store.Store) app.Show {
	return app.Show{Store: s, Divisions: hangzhou{}, Live: app.NewLive(s, hangzhou{}), Now: func() time.Time { return july.End().Add(time.Hour) }}
}

// What happened before the cut-off and arrived after the close changes no closed figure: it is
// a numbered correction with its differences, once.
func TestWhatArrivesAfterACloseIsACorrection(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	closed := closeJuly(t, closing(s, threeChildren(t, s)))
	if _, err := closing(s, threeChildren(t, s)).Correct(ctx, "2019-07", "没有新的变更", "test"); !fault.Is(err, "NOTHING_TO_CORRECT") {
		t.Errorf("without a difference: %v", err)
	}
	// The second child's finding came late.
	apply(t, s, nil, []app.Outcome{found(2, 2, "A3", july.End().Add(-time.Microsecond))})
	late := closing(s, says(
		domain.Bucket{County: "330106", Source: 1, Code: "B2", Entries: 1},
		domain.Bucket{County: "330105", Source: 1, Code: "A3", Entries: 1},
		domain.Bucket{Source: 1, Entries: 1},
	))
	if _, err := late.Correct(ctx, "2019-07", " \u200b。", "test"); !fault.Is(err, "INVALID_REQUEST") {
		t.Errorf("without a reason: %v", err)
	}
	first, err := late.Correct(ctx, "2019-07", "消息延迟到达", "test")
	if err != nil || first.Number != 1 || first.Snapshot != closed.Number || first.Digest == closed.Digest {
		t.Fatalf("%+v, %v", first, err)
	}
	got := map[string]int64{}
	for _, d := range first.Differences {
		if d.Region.Code == "330105" && d.Source == domain.AllSources {
			got[d.Figure] = d.After - d.Before
		}
		if d.Region.Code == "330106" {
			t.Errorf("nothing of %s came late: %+v", d.Region.Name, d)
		}
	}
	for figure, change := range map[string]int64{"aTotal": 1, "verified": 1, "unconfirmed": -1, "byCode.A3": 1} {
		if got[figure] != change {
			t.Errorf("%s changed by %d, want %d", figure, got[figure], change)
		}
	}
	if _, err := late.Correct(ctx, "2019-07", "再次", "test"); !fault.Is(err, "NOTHING_TO_CORRECT") {
		t.Errorf("the same again: %v", err)
	}
	again, err := showing(s).Month(ctx, everywhere, "2019-07", "")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the closed month", closed, again)
	// The next correction differs from the first, not from the close.
	apply(t, s, nil, []app.Outcome{found(2, 3, "A4", july.End().Add(-time.Microsecond))})
	if _, err := closing(s, says(
		domain.Bucket{County: "330106", Source: 1, Code: "B2", Entries: 1},
		domain.Bucket{County: "330105", Source: 1, Code: "A4", Entries: 1},
		domain.Bucket{Source: 1, Entries: 1},
	)).Correct(ctx, "2019-07", "又有延迟", "test"); err != nil {
		t.Fatal(err)
	}
	for scope, counties := range map[app.Scope]bool{everywhere: true, {Level: domain.LevelCounty, Region: "330106"}: false} {
		corrections, err := showing(s).Corrections(ctx, scope, "2019-07")
		if err != nil || len(corrections) != 2 || corrections[1].Number != 2 {
			t.Fatalf("%+v, %v", corrections, err)
		}
		for _, d := range corrections[1].Differences {
			if d.Figure != "byCode.A3" && d.Figure != "byCode.A4" {
				t.Errorf("corrected before already: %+v", d)
			}
		}
		if seen := len(corrections[1].Differences) > 0; seen != counties {
			t.Errorf("%+v sees %+v", scope, corrections[1].Differences)
		}
	}
}

func TestACorrectionNeedsACloseAndTheLedgersConsent(t *testing.T) {
	s, _ := open(t)
	ctx, truth := testkit.Context(t), threeChildren(t, s)
	if _, err := closing(s, truth).Correct(ctx, "2019-07", "更正", "test"); !fault.Is(err, "MONTH_NOT_CLOSED") {
		t.Errorf("before the close: %v", err)
	}
	closeJuly(t, closing(s, truth))
	apply(t, s, nil, []app.Outcome{found(2, 2, "A3", july.Start())})
	if _, err := closing(s, truth).Correct(ctx, "2019-07", "更正", "test"); !fault.Is(err, "RECONCILIATION_FAILED") {
		t.Errorf("otherwise than the ledger: %v", err)
	}
	if corrections, err := s.Corrections(ctx, july); err != nil || len(corrections) != 0 {
		t.Errorf("%+v, %v", corrections, err)
	}
}

// A county reports by findings, or says that there is nothing; it can't while children wait.
func TestAZeroReportIsOfACountyWithNothingToReport(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	apply(t, s, []app.Routing{
		routed(1, 1, "330106", july.Start().AddDate(0, -1, 0)), routed(2, 1, "330105", july.Start()),
	}, []app.Outcome{found(1, 1, "B2", july.Start().AddDate(0, -1, 0))})
	u := app.Reports{Store: s, Show: showing(s)}
	xihu, gongshu := app.Scope{Level: domain.LevelCounty, Region: "330106"}, app.Scope{Level: domain.LevelCounty, Region: "330105"}
	if err := u.ConfirmZero(ctx, gongshu, "2019-07", "g", "拱墅"); !fault.Is(err, "ZERO_REPORT_REFUSED") {
		t.Errorf("with a child that waits: %v", err)
	}
	for range 2 {
		if err := u.ConfirmZero(ctx, xihu, "2019-07", "x", "西湖"); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]domain.ReportState{"330105": domain.NotReported, "330106": domain.ZeroReported}
	check := func(scope app.Scope, counties int) {
		t.Helper()
		reports, err := u.List(ctx, scope, "2019-07")
		if err != nil || len(reports) != counties {
			t.Fatalf("%+v, %v", reports, err)
		}
		for _, r := range reports {
			if r.State != want[r.Region.Code] {
				t.Errorf("%s: %s, want %s", r.Region.Name, r.State, want[r.Region.Code])
			}
		}
	}
	check(everywhere, 2)
	check(xihu, 1)
	// A finding counts for more than the word that there would be none.
	apply(t, s, nil, []app.Outcome{found(1, 2, "B3", july.Start().AddDate(0, 0, 5)), found(2, 1, "A1", july.Start().AddDate(0, 0, 5))})
	want = map[string]domain.ReportState{"330105": domain.Reported, "330106": domain.Reported}
	check(everywhere, 2)
	if err := u.ConfirmZero(ctx, gongshu, "2019-07", "g", "拱墅"); !fault.Is(err, "ZERO_REPORT_REFUSED") {
		t.Errorf("after a finding: %v", err)
	}
	closeJuly(t, closing(s, says(
		domain.Bucket{County: "330106", Source: 1, Code: "B3", Entries: 1}, domain.Bucket{County: "330105", Source: 1, Code: "A1", Entries: 1},
	)))
	if err := u.ConfirmZero(ctx, xihu, "2019-07", "x", "西湖"); !fault.Is(err, "MONTH_ALREADY_CLOSED") {
		t.Errorf("after the close: %v", err)
	}
	if err := u.ConfirmZero(ctx, xihu, "2019-08", "x", "西湖"); err != nil {
		t.Errorf("of the running month: %v", err)
	}
}

// Who had reported when the month was closed stays so, whatever arrives later: the bulletin of
// the month tells it.
func TestTheReportsOfAClosedMonthAreFinal(t *testing.T) {
	s, _ := open(t)
	ctx := testkit.Context(t)
	u := app.Reports{Store: s, Show: showing(s)}
	before := july.Start().AddDate(0, -1, 0)
	truth := says(domain.Bucket{County: "330106", Source: 1, Entries: 1})
	apply(t, s, []app.Routing{routed(1, 1, "330106", before)}, nil)
	closeJuly(t, closing(s, truth))
	apply(t, s, nil, []app.Outcome{found(1, 1, "A1", july.Start())})
	reports, err := u.List(ctx, app.Scope{Level: domain.LevelCounty, Region: "330106"}, "2019-07")
	if err != nil || len(reports) != 1 || reports[0].State != domain.NotReported || reports[0].Changed != 0 {
		t.Errorf("%+v, %v", reports, err)
	}
}
