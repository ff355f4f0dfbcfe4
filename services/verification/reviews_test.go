package verification_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

var reviewer = domain.Author{ID: "zhang", Name: "张审核"}

// found is an entry of a county with one finding.
func found(ctx context.Context, t *testing.T, s saver, county, author string, change func(*app.Save)) string {
	t.Helper()
	save := saving(uuid.NewString(), author, "", "B1", 0)
	save.Entry.CountyCode = county
	if change != nil {
		change(&save)
	}
	if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: save.Entry.ID, CountyCode: county, Version: 1, At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, save); err != nil {
		t.Fatal(err)
	}
	return save.Entry.ID
}

func drawing(scope domain.Scope, seed int64) app.Drawing {
	return app.Drawing{
		Scope: scope, Region: "330100", Size: 500, Seed: seed, Author: reviewer, To: time.Now().AddDate(1, 0, 0),
	}
}

var hangzhou = domain.Scope{From: "330100", To: "330199"}

func eventsOf(t *testing.T, pool *pgxpool.Pool, entry string) (n int) {
	t.Helper()
	if err := pool.QueryRow(testkit.Context(t), "SELECT work_version FROM entry_heads WHERE entry_id = $1", entry).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASampleHoldsOthersFindingsOfTheScopeOnce(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	want := []string{found(ctx, t, s, "330106", "li", nil), found(ctx, t, s, "330102", "li", nil)}
	found(ctx, t, s, "330302", "li", nil)
	found(ctx, t, s, "330106", reviewer.ID, nil)
	found(ctx, t, s, "330106", "li", func(s *app.Save) { s.Form.Code = "A1" })
	sample, states, err := s.DrawSample(ctx, drawing(hangzhou, 7))
	if err != nil || sample.Seed != 7 || sample.Population != 2 || len(states) != 2 {
		t.Fatalf("%+v, %d states, %v", sample, len(states), err)
	}
	reviews, err := s.Reviews(ctx, hangzhou, sample.ID)
	if err != nil || len(reviews) != 2 {
		t.Fatalf("%+v, %v", reviews, err)
	}
	for _, r := range reviews {
		if !slices.Contains(want, r.EntryID) || r.Code != "" || r.Author != "" {
			t.Errorf("%+v", r)
		}
	}
	if _, _, err := s.DrawSample(ctx, drawing(hangzhou, 8)); !fault.Is(err, "SAMPLE_EMPTY") {
		t.Errorf("what waits for a review is drawn again: %v", err)
	}
	if samples, err := s.Samples(ctx, hangzhou, "", 9); err != nil || len(samples) != 1 || samples[0].Open != 2 {
		t.Errorf("%+v, %v", samples, err)
	}
	wenzhou := domain.Scope{From: "330300", To: "330399"}
	if samples, err := s.Samples(ctx, wenzhou, "", 9); err != nil || len(samples) != 0 {
		t.Errorf("another city sees %+v, %v", samples, err)
	}
	if _, err := s.Review(ctx, wenzhou, reviews[0].ID); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("another city sees a review: %v", err)
	}
}

// Who goes to another county while a sample is drawn is none of it: another city's child is not for this city to
// judge, and another county of the same would be told in the wrong place.
func TestASampleLeavesOutWhoHasJustMoved(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	stays, moves, leaves := found(ctx, t, s, "330106", "li", nil), found(ctx, t, s, "330106", "li", nil), found(ctx, t, s, "330106", "li", nil)
	before := eventsOf(t, pool, leaves)
	// The sample is written after its children are chosen, and before they are locked.
	chosen := gate(ctx, t, pool, "review_samples", "SHARE")
	type answer struct {
		states []domain.WorkState
		err    error
	}
	drawn := make(chan answer, 1)
	go func() {
		_, states, err := s.DrawSample(ctx, drawing(hangzhou, 1))
		drawn <- answer{states, err}
	}()
	arrived(ctx, t, pool, "review_samples")
	for entry, county := range map[string]string{moves: "330102", leaves: "330302"} {
		if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: entry, CountyCode: county, Version: 2, At: time.Now()}}); err != nil {
			t.Fatal(err)
		}
	}
	chosen()
	if got := <-drawn; got.err != nil || len(got.states) != 1 || got.states[0].EntryID != stays {
		t.Errorf("drawn are %+v, %v", got.states, got.err)
	}
	if after := eventsOf(t, pool, leaves); after != before {
		t.Errorf("the work of who left went from %d to %d", before, after)
	}
}

func TestAReviewIsConfirmedOrReturnedOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	for range 2 {
		found(ctx, t, s, "330106", "li", nil)
	}
	sample, _, err := s.DrawSample(ctx, drawing(hangzhou, 1))
	if err != nil {
		t.Fatal(err)
	}
	reviews, err := s.Reviews(ctx, hangzhou, sample.ID)
	if err != nil {
		t.Fatal(err)
	}
	decide := func(i int, who domain.Author, d domain.Decision) (domain.Review, domain.WorkState, error) {
		return s.DecideReview(ctx, hangzhou, reviews[i].ID, who, d)
	}
	for name, c := range map[string]struct {
		who    domain.Author
		d      domain.Decision
		reason string
	}{
		"an own finding":     {domain.Author{ID: "li"}, domain.Decision{Confirm: true, Revision: 1, JudgedCode: "B1"}, "REVIEW_OWN_FINDING"},
		"an older revision":  {reviewer, domain.Decision{Confirm: true, Revision: 0, JudgedCode: "B1"}, "REVISION_CONFLICT"},
		"another conclusion": {reviewer, domain.Decision{Confirm: true, Revision: 1, JudgedCode: "B7"}, "REVIEW_DIFFERS"},
	} {
		if _, _, err := decide(0, c.who, c.d); !fault.Is(err, c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	confirmed, state, err := decide(0, reviewer, domain.Decision{Confirm: true, Revision: 1, JudgedCode: "B1"})
	if err != nil || confirmed.State != domain.ReviewConfirmed || confirmed.Code != "B1" || confirmed.Author != "li" || !state.Closed() {
		t.Fatalf("%+v, %+v, %v", confirmed, state, err)
	}
	returned, state, err := decide(1, reviewer, domain.Decision{Revision: 1, Reason: "证明材料不足"})
	if err != nil || returned.State != domain.ReviewReturned || !state.Returned || state.Closed() || state.DueKind != domain.DueReturned {
		t.Fatalf("%+v, %+v, %v", returned, state, err)
	}
	if _, _, err := decide(1, reviewer, domain.Decision{Revision: 1, Reason: "再次"}); !fault.Is(err, "REVIEW_DECIDED") {
		t.Errorf("decided twice: %v", err)
	}
	entry := domain.Entry{ID: reviews[1].EntryID, CountyCode: "330106"}
	if detail, err := s.WorkDetail(ctx, entry); err != nil || detail.ReturnReason != "证明材料不足" {
		t.Errorf("%+v, %v", detail, err)
	}
	rates, err := s.OverturnRates(ctx, hangzhou)
	if want := []domain.OverturnRate{{CountyCode: "330106", Code: "B1", Decided: 2, Returned: 1}}; err != nil || !slices.Equal(rates, want) {
		t.Errorf("%+v, %v", rates, err)
	}
	for cutoff, want := range map[time.Time][]domain.OverturnRate{
		confirmed.DecidedAt: nil, returned.DecidedAt: {{CountyCode: "330106", Code: "B1", Decided: 1}},
		returned.DecidedAt.Add(time.Microsecond): {{CountyCode: "330106", Code: "B1", Decided: 2, Returned: 1}},
	} {
		if counts, err := s.ReviewsAsOf(ctx, cutoff); err != nil || !slices.Equal(counts, want) {
			t.Errorf("as of %s: %+v, %v", cutoff, counts, err)
		}
	}
	if _, err := s.Save(ctx, saving(entry.ID, "li", "", "B1", 1)); err != nil {
		t.Fatal(err)
	}
	if detail, err := s.WorkDetail(ctx, entry); err != nil || detail.Returned || detail.ReturnReason != "" || !detail.Closed() {
		t.Errorf("%+v, %v", detail, err)
	}
	if n := eventsOf(t, pool, entry.ID); n != 4 {
		t.Errorf("version %d after finding, draw, return, finding", n)
	}
}

func TestTheProvinceReviewsNothingOfItsOwnQueue(t *testing.T) {
	d := domain.Decision{Confirm: true, Revision: 1, JudgedCode: "B1"}
	finding := domain.Finding{Revision: 1, Form: domain.Form{Code: "B1"}, AuthorID: "li"}
	province := domain.Author{ID: "zhao", Province: true}
	if err := d.MayDecide(province, finding); !fault.Is(err, "REVIEW_OWN_REGION") {
		t.Error(err)
	}
	if finding.CountyCode = "330106"; d.MayDecide(province, finding) != nil {
		t.Error("a county's finding is refused")
	}
}

func TestAReviewLapsesWithItsBFinding(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	entry := found(ctx, t, s, "330106", "li", nil)
	sample, _, err := s.DrawSample(ctx, drawing(hangzhou, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, saving(entry, "li", "", "A1", 1)); err != nil {
		t.Fatal(err)
	}
	reviews, err := s.Reviews(ctx, hangzhou, sample.ID)
	if err != nil || reviews[0].State != domain.ReviewLapsed {
		t.Fatalf("%+v, %v", reviews, err)
	}
	if _, _, err := s.DecideReview(ctx, hangzhou, reviews[0].ID, reviewer, domain.Decision{Revision: 2, Reason: "x"}); !fault.Is(err, "REVIEW_LAPSED") {
		t.Error(err)
	}
}

func TestSignalsTellWhatIsAlike(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	for i := range 3 {
		found(ctx, t, s, "330106", "li", func(s *app.Save) {
			s.Form.Witness, s.Form.Explanation = fmt.Sprint("村干部", i), "已走访，查无此人"+[]string{"。", "", " ！"}[i]
		})
		found(ctx, t, s, "330102", "li", func(s *app.Save) { s.Form.Explanation = fmt.Sprint("说明", i) })
	}
	young := found(ctx, t, s, "330302", "li", func(s *app.Save) {
		s.Form.Code, s.Form.Explanation = "B6", "已毕业"
		s.Entry.BirthDate = s.WitnessDate.AddDate(-15, 0, 0)
	})
	settings := rules(t).Signals
	settings.WitnessChildren, settings.ExplanationChildren = 3, 3
	got, err := s.Alike(ctx, domain.WholeProvince, settings)
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []struct {
		kind   domain.SignalKind
		county string
		count  int
	}{{domain.OverageUnder16, "330302", 1}, {domain.SharedWitness, "330102", 3}, {domain.SameExplanation, "330106", 3}} {
		if g := got[i]; g.Kind != want.kind || g.CountyCode != want.county || g.Count != want.count || len(g.EntryIDs) != want.count {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
	if got[0].EntryIDs[0] != young {
		t.Errorf("%v, want %s", got[0].EntryIDs, young)
	}
	if outside, err := s.Alike(ctx, hangzhou, settings); err != nil || len(outside) != 2 {
		t.Errorf("a city is shown %+v, %v", outside, err)
	}
	all := app.Signals{Store: s, Settings: settings, Now: time.Now}
	if listed, err := all.List(ctx, hangzhou, hangzhou, ""); err != nil || len(listed) != 2 {
		t.Errorf("%+v, %v", listed, err)
	}
}
