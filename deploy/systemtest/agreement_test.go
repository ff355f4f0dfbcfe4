package systemtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// TestAllPartsAgreeWhateverWasDone has three counties and two cities do at once, at random, what they may and what they
// may not. Then ledger, verification and reporting tell the same of every child, the figures are those of the list, and the
// month closes and can be counted again.
func TestAllPartsAgreeWhateverWasDone(t *testing.T) {
	s := oneProcess(t)
	w := &walk{children: 12, done: map[string]int{}}
	for user, region := range map[string]string{"xihu": "330106", "lucheng": "330302", "yuhang": "330110"} {
		w.counties = append(w.counties, s.office(t, user, region))
	}
	w.cities = []*office{s.office(t, "hangzhou", "330100"), s.office(t, "wenzhou", "330300")}
	const walkers, stepsOfEach = 6, 160
	var group sync.WaitGroup
	for n := range walkers {
		group.Go(func() { w.goBy(t, uint64(n), stepsOfEach) })
	}
	group.Wait()
	t.Logf("done: %v", w.done)
	// What chance left out comes now.
	for n := uint64(walkers); len(w.missing()) > 0; n++ {
		if n == 3*walkers {
			t.Fatalf("nobody got a %v through: this proves nothing of it", w.missing())
		}
		w.goBy(t, n, stepsOfEach)
	}

	province := s.overREST(t, "zhejiang").(overREST)
	var left []string
	settled := func() bool {
		left = differences(t, province, w.counties)
		return len(left) == 0
	}
	t.Cleanup(func() {
		if len(left) > 0 {
			t.Logf("%d differences, among them:\n%s", len(left), strings.Join(left[:min(10, len(left))], "\n"))
		}
	})
	// What follows from the events is there a moment later.
	until(t, settled)
	if _, err := province.closeMonth(thisMonth()); err != nil {
		t.Fatal(err)
	}
	if found := figuresDiffer(t, province.month(thisMonth()).GetRows(), byCounty(province)); len(found) > 0 {
		t.Errorf("the month: %s", strings.Join(found, "\n"))
	}
	checked, again := &reportingv1.RebuildFiguresResponse{}, &reportingv1.RerunMonthsResponse{}
	if err := province.into(checked, http.MethodPost, "/v1/figures:rebuild", strings.NewReader(`{"validateOnly":true}`)); err != nil {
		t.Fatal(err)
	}
	if checked.GetMissing() != 0 || checked.GetDifferent() != 0 || checked.GetUntold() != 0 || checked.GetEntries() != 0 {
		t.Errorf("the figures are not what the events tell: %v", checked)
	}
	if err := province.into(again, http.MethodPost, "/v1/months:rerun", strings.NewReader("{}")); err != nil {
		t.Fatal(err)
	}
	for _, r := range again.GetResults() {
		if !r.GetEqual() {
			t.Errorf("counted again: %v", r)
		}
	}
}

// differences are all places where two parts tell something else of the same.
func differences(t *testing.T, province overREST, counties []*office) (found []string) {
	t.Helper()
	progress, entries := &reportingv1.GetProgressResponse{}, byCounty(province)
	province.ok(progress, "/v1/progress")
	found = append(found, figuresDiffer(t, progress.GetRows(), entries)...)
	for _, county := range counties {
		for _, e := range entries[county.region] {
			if e.GetRevision() == 0 && len(e.GetTags()) == 0 {
				continue
			}
			told, err := county.work.GetWork(testkit.Context(t), &verificationv1.GetWorkRequest{EntryId: e.GetId()})
			if err != nil {
				t.Fatal(err)
			}
			revisions, err := county.findings.ListFindings(testkit.Context(t), &verificationv1.ListFindingsRequest{EntryId: e.GetId()})
			if err != nil {
				t.Fatal(err)
			}
			if here, there := asListed(e), asWorked(told, revisions.GetFindings()); here != there {
				found = append(found, fmt.Sprintf("%s: the list has %s, the entry's work %s", e.GetId(), here, there))
			}
		}
	}
	return found
}

// byCounty are all entries, page after page, by who handles them.
func byCounty(c overREST) map[string][]*ledgerv1.Entry {
	c.t.Helper()
	entries := map[string][]*ledgerv1.Entry{}
	for request := (&ledgerv1.ListEntriesRequest{PageSize: 200}); ; {
		page := c.list(request)
		for _, e := range page.GetEntries() {
			entries[e.GetCountyCode()] = append(entries[e.GetCountyCode()], e)
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return entries
		}
	}
}

func asListed(e *ledgerv1.Entry) string {
	duty, dueOn, due := e.GetDuty(), e.GetDueOn(), e.GetDueKind()
	if duty == "NONE" {
		duty = ""
	}
	if e.GetRevision() == 0 {
		// When a first finding is due is the ledger's own.
		dueOn, due = "", ""
	}
	tags := slices.Sorted(slices.Values(e.GetTags()))
	return fmt.Sprint(e.GetRevision(), e.GetCode(), e.GetReturned(), duty, e.GetClosed(), dueOn, due, e.GetLegalStep(), tags)
}

// asWorked says the same of what verification tells, in the list's words.
func asWorked(told *verificationv1.GetWorkResponse, findings []*verificationv1.Finding) string {
	w := told.GetWork()
	newest := &verificationv1.Finding{}
	for _, f := range findings {
		if f.GetRevision() > newest.GetRevision() {
			newest = f
		}
	}
	// Revisions have no gap: there are as many as the newest says.
	if int(newest.GetRevision()) != len(findings) || newest.GetCode() != w.GetCode() {
		return fmt.Sprintf("%d findings up to %v, and work of %s", len(findings), newest, w.GetCode())
	}
	duty, due := "", ""
	if w.GetDuty() != verificationv1.Duty_DUTY_UNSPECIFIED {
		duty = strings.TrimPrefix(w.GetDuty().String(), "DUTY_")
	}
	if w.GetDueKind() != verificationv1.DueKind_DUE_KIND_UNSPECIFIED {
		due = strings.TrimPrefix(w.GetDueKind().String(), "DUE_")
	}
	var tags []string
	for _, tag := range told.GetTags() {
		tags = append(tags, tag.String())
	}
	slices.Sort(tags)
	return fmt.Sprint(w.GetRevision(), w.GetCode(), w.GetReturned(), duty, w.GetClosed(), w.GetDueOn(), due, w.GetLegalStep(), tags)
}

// figuresDiffer compares the figures of each county with its children.
func figuresDiffer(t *testing.T, rows []*reportingv1.FigureRow, entries map[string][]*ledgerv1.Entry) (found []string) {
	t.Helper()
	compared := 0
	for _, row := range rows {
		if row.GetRegionLevel() != "county" || !row.GetAllSources() {
			continue
		}
		compared++
		want := counted(entries[row.GetRegionCode()])
		got := figures{row.GetTotal(), row.GetPending(), row.GetUnconfirmed(), row.GetATotal(), row.GetBTotal(), row.GetClosed(), row.GetGivenBack(), row.GetDutyOpen()}
		if got != want {
			found = append(found, fmt.Sprintf("%s: the figures are %+v, the list has %+v", row.GetRegionName(), got, want))
		}
	}
	if compared < 3 {
		t.Errorf("only %d counties have figures", compared)
	}
	return found
}

type figures struct{ total, pending, unconfirmed, a, b, closed, givenBack, dutyOpen int32 }

func counted(entries []*ledgerv1.Entry) (f figures) {
	add := func(to *int32, so bool) {
		if so {
			*to++
		}
	}
	for _, e := range entries {
		f.total++
		add(&f.pending, e.GetStatus() == ledgerv1.Status_PENDING)
		add(&f.unconfirmed, e.GetCode() == "99")
		add(&f.a, strings.HasPrefix(e.GetCode(), "A"))
		add(&f.b, strings.HasPrefix(e.GetCode(), "B"))
		add(&f.closed, e.GetClosed())
		add(&f.givenBack, e.GetReturned())
		add(&f.dutyOpen, e.GetDuty() == "CREATE_RECORD" || e.GetDuty() == "CHANGE_STATUS")
	}
	return f
}
