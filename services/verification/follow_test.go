package verification_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

var clerk = domain.Author{ID: "li", Name: "李老师"}

// backInClass is an entry of a county whose child came back to class, with its open duty.
func backInClass(ctx context.Context, t *testing.T, s saver, county string) domain.Entry {
	t.Helper()
	entry := domain.Entry{ID: uuid.NewString(), CountyCode: county}
	if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: entry.ID, CountyCode: county, Version: 1, At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	for i, code := range []string{"A1", "B3"} {
		if _, err := s.Save(ctx, saving(entry.ID, "li", "", code, int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	return entry
}

func TestADutyIsClosedOnceWithItsRecordsNumber(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry := backInClass(ctx, t, s, "330106")
	const number = "G330106201005061237"
	for range 2 {
		state, err := s.CompleteDuty(ctx, entry, clerk, number)
		if err != nil || state.Duty != domain.DutyDone || !state.Closed() {
			t.Fatalf("%+v, %v", state, err)
		}
	}
	if _, err := s.CompleteDuty(ctx, entry, clerk, "G330106201005061238"); !errors.Is(err, domain.ErrRecordNumberDiffers) {
		t.Errorf("another number: %v", err)
	}
	if _, err := s.CompleteDuty(ctx, domain.Entry{ID: uuid.NewString()}, clerk, number); !errors.Is(err, domain.ErrDutyNotOpen) {
		t.Errorf("without a duty: %v", err)
	}
	detail, err := s.WorkDetail(ctx, entry)
	if err != nil || detail.RecordNumberEnding != "1237" {
		t.Errorf("%+v, %v", detail, err)
	}
	var text string
	var events int
	if err := naming(t, pool, entry.ID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT string_agg(d::text || encode(d.record_number_sealed, 'escape'), '') FROM duty_completions d),
			(SELECT count(*) FROM outbox WHERE subject LIKE '%work_changed%')`).Scan(&text, &events)
	}); err != nil {
		t.Fatal(err)
	}
	if text == "" || strings.Contains(text, number) || events != 3 {
		t.Errorf("%q, %d events", text, events)
	}
}

func TestFollowUpsAreOfAReturnAndChangeNoOutcome(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	entry, today := backInClass(ctx, t, s, "330106"), domain.Today(time.Now())
	gone, err := s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{Note: "又外出务工"}, today)
	if err != nil || gone.FollowUpsDone != 0 || gone.Code != "B3" || gone.DueKind != domain.DueFollowUp || !gone.DueOn.Equal(today) {
		t.Fatalf("%+v, %v", gone, err)
	}
	seen, err := s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{InClass: true}, today)
	if err != nil || seen.FollowUpsDone != 1 {
		t.Fatalf("%+v, %v", seen, err)
	}
	if _, err := s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{InClass: true}, today.AddDate(0, 0, -1)); !fault.Is(err, "FOLLOW_UP_INVALID") {
		t.Errorf("before the return: %v", err)
	}
	if _, err := s.Save(ctx, saving(entry.ID, "li", "", "A1", 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{InClass: true}, today); !fault.Is(err, "NOT_IN_CLASS") {
		t.Errorf("after the relapse: %v", err)
	}
	detail, err := s.WorkDetail(ctx, entry)
	if err != nil || len(detail.FollowUps) != 2 || detail.FollowUps[0].Note != "又外出务工" || detail.Relapses != 1 || detail.RelapsedFrom != 2 {
		t.Errorf("%+v, %v", detail, err)
	}
}

func TestTheNewestTagsHoldAndReportsOnlyPropose(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry := backInClass(ctx, t, s, "330106")
	for i, tags := range [][]domain.Tag{{1, 2}, {3}} {
		if told, err := s.SetTags(ctx, entry, clerk, tags); err != nil || told.Version != int64(i+1) {
			t.Fatalf("%+v, %v", told, err)
		}
	}
	before, err := s.WorkDetail(ctx, entry)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ReportStatus(ctx, entry, domain.Author{ID: "service:x"}, domain.StatusReport{InClass: true, School: "文三路小学"}); err != nil {
		t.Fatal(err)
	}
	after, err := s.WorkDetail(ctx, entry)
	if err != nil || len(after.Tags()) != 1 || after.Tags()[0] != 3 || len(after.TagChanges) != 2 || after.TagChanges[1].Author != clerk.Name || after.WorkState != before.WorkState ||
		len(after.StatusReports) != 1 || after.StatusReports[0].School != "文三路小学" {
		t.Errorf("%+v, %v", after, err)
	}
	if found, err := s.ListFindings(ctx, entry.ID); err != nil || len(found) != 2 {
		t.Errorf("%d findings, %v", len(found), err)
	}
	var history int
	if err := naming(t, pool, entry.ID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM entry_tags").Scan(&history)
	}); err != nil || history != 2 {
		t.Errorf("%d rows of history, %v", history, err)
	}
}

// A report is proposed to the clerk until a finding, or another report, has answered it.
func TestAReportIsProposedUntilItIsAnswered(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	entry := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: entry.ID, CountyCode: "330106", Version: 1, At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	report := func(inClass bool) func() error {
		return func() error { return s.ReportStatus(ctx, entry, clerk, domain.StatusReport{InClass: inClass}) }
	}
	finding := func(code string, base int64) func() error {
		return func() error { return second(s.Save(ctx, saving(entry.ID, "li", "", code, base))) }
	}
	for _, c := range []struct {
		name string
		do   func() error
		want int
	}{
		{"a pending child is not in class", report(false), 0},
		{"a pending child is in class", report(true), 1},
		{"the clerk found otherwise", finding("A1", 0), 0},
		{"it is in class after all", report(true), 1},
		{"the system takes it back", report(false), 0},
		{"and says it again", report(true), 1},
		{"the clerk agrees", finding("B3", 1), 0},
		{"what is known is no proposal", report(true), 0},
	} {
		if err := c.do(); err != nil {
			t.Fatal(c.name, err)
		}
		if got, err := s.Proposals(ctx, domain.Scope{From: "330106", To: "330106"}, "", 9); err != nil || len(got) != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
		if got, err := s.Proposals(ctx, domain.Scope{From: "330302", To: "330302"}, "", 9); err != nil || len(got) != 0 {
			t.Errorf("%s: another county is shown %+v, %v", c.name, got, err)
		}
	}
}

// Each scope's lists hold its own entries alone, page by page, in the order of their
// deadlines.
func TestListsOfWorkKeepToTheirScope(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	entries := map[string][]string{}
	for _, county := range []string{"330106", "330106", "330102", "330302", ""} {
		entries[county] = append(entries[county], backInClass(ctx, t, s, county).ID)
	}
	for _, c := range []struct {
		name  string
		scope domain.Scope
		want  int
	}{
		{"a county", domain.Scope{From: "330106", To: "330106"}, 2},
		{"a city", domain.Scope{From: "330100", To: "330199"}, 3},
		{"the province", domain.WholeProvince, 5},
		{"the province's own queue", domain.Scope{To: "000000"}, 1},
		{"nothing", domain.Scope{}, 0},
		{"a city asking for another's county", domain.Scope{From: "330100", To: "330199"}.Within(domain.Scope{From: "330302", To: "330302"}), 0},
	} {
		seen := map[string]bool{}
		for after := (app.Position{}); ; {
			duties, err := s.OpenDuties(ctx, c.scope, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range duties {
				seen[d.EntryID] = true
				after = app.Position{Day: d.Due, EntryID: d.EntryID}
			}
			if len(duties) < 2 {
				break
			}
		}
		due, err := s.DueWork(ctx, app.DueQuery{Scope: c.scope, Last: "9999-12-31", Most: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != c.want || len(due) != c.want {
			t.Errorf("%s: %d open duties, %d due, want %d", c.name, len(seen), len(due), c.want)
		}
		_, err = s.Place(ctx, c.scope, entries["330106"][0])
		if visible := c.scope.From <= "330106" && c.scope.To >= "330106"; visible != (err == nil) || !visible && !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	today := domain.Today(time.Now()).Format(time.DateOnly)
	if overdue, err := s.DueWork(ctx, app.DueQuery{Scope: domain.WholeProvince, Last: today, Most: 9}); err != nil || len(overdue) != 0 {
		t.Errorf("%d are due by today, %v", len(overdue), err)
	}
}

func TestAWatchGivesWhatIsOpenAndWhatOpens(t *testing.T) {
	s, _ := openStore(t)
	ctx, cancel := context.WithCancel(testkit.Context(t))
	defer cancel()
	first := backInClass(ctx, t, s, "330106")
	backInClass(ctx, t, s, "330302")
	given, caughtUp, ended := make(chan app.OpenDuty, 8), make(chan struct{}), make(chan error, 1)
	watcher := app.Enrollment{Store: s, LookEvery: time.Millisecond}
	go func() {
		ended <- watcher.Watch(ctx, domain.Scope{From: "330106", To: "330106"}, func(d app.OpenDuty) error {
			given <- d
			return nil
		}, func() error { close(caughtUp); return nil })
	}()
	<-caughtUp
	if d := <-given; d.EntryID != first.ID || d.Duty != domain.CreateRecord {
		t.Errorf("%+v", d)
	}
	second := backInClass(ctx, t, s, "330106")
	if d := <-given; d.EntryID != second.ID {
		t.Errorf("%+v", d)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(given) != 0 {
		t.Errorf("%d duties came twice", len(given))
	}
}

// A process that is asked to end does not wait for who watches.
func TestAWatchEndsWithTheProcess(t *testing.T) {
	s, _ := openStore(t)
	ending := make(chan struct{})
	watcher := app.Enrollment{Store: s, LookEvery: time.Hour, Ending: ending}
	err := watcher.Watch(testkit.Context(t), domain.WholeProvince, func(app.OpenDuty) error { return nil }, func() error {
		close(ending)
		return nil
	})
	if !fault.Is(err, "UNAVAILABLE") {
		t.Error(err)
	}
}

// Every table of children's rows shows nothing to a transaction that names no entry and
// has no scope.
func TestWhatFollowsAFindingIsSeenByNamedEntriesOnly(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry := backInClass(ctx, t, s, "330106")
	for _, err := range []error{
		second(s.SetTags(ctx, entry, clerk, []domain.Tag{1})), s.ReportStatus(ctx, entry, clerk, domain.StatusReport{}),
		second(s.RecordFollowUp(ctx, entry, clerk, domain.FollowUpForm{InClass: true}, domain.Today(time.Now()))),
		second(s.CompleteDuty(ctx, entry, clerk, "G1")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"duty_completions", "follow_ups", "entry_tags", "status_reports", "finding_marks"} {
		for entries, want := range map[string]bool{"": false, uuid.NewString(): false, entry.ID: true} {
			var seen int
			if err := naming(t, pool, entries, func(ctx context.Context, tx pgx.Tx) error {
				return tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&seen)
			}); err != nil || (seen > 0) != want {
				t.Errorf("%s: %d rows are seen, %v", table, seen, err)
			}
		}
		if err := naming(t, pool, entry.ID, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM "+table)
			return err
		}); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", table, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
