package verification_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/verification/internal/app"
	"baoxue.internal/services/verification/internal/domain"
)

// ledger is what the ledger lets a caller see, and what it was told.
type ledger struct {
	entries map[string]domain.Entry
	told    chan []app.Saved
}

func (l ledger) Entry(_ context.Context, id string) (domain.Entry, error) {
	entry, ok := l.entries[id]
	if !ok {
		return entry, domain.ErrEntryNotFound
	}
	return entry, nil
}

func (l ledger) Entries(_ context.Context, ids []string) (map[string]domain.Entry, error) {
	found := map[string]domain.Entry{}
	for _, id := range ids {
		if entry, ok := l.entries[id]; ok {
			found[id] = entry
		}
	}
	return found, nil
}

func (l ledger) Project(_ context.Context, saved []app.Saved) error {
	l.told <- saved
	return nil
}

type everywhere struct{}

func (everywhere) Known(context.Context, string) (bool, error) { return true, nil }

func useCase(t *testing.T, s saver, entries ...domain.Entry) (app.Findings, ledger) {
	t.Helper()
	l := ledger{entries: map[string]domain.Entry{}, told: make(chan []app.Saved, 1000)}
	for _, e := range entries {
		l.entries[e.ID] = e
	}
	return app.Findings{
		Store: s, Saves: s.saves, Ledger: l, Teller: app.NewTeller(l, slog.New(slog.DiscardHandler)), Regions: everywhere{},
		Standard: &app.CurrentStandard{Store: s, Now: time.Now}, Now: time.Now,
	}, l
}

func submission(entry, request, code string, base int64) app.Submission {
	return app.Submission{EntryID: entry, RequestID: request, BaseRevision: base, Form: domain.Form{
		Action: domain.Dropout, Code: code, Witness: "王老师", WitnessDate: "2019-07-20",
	}}
}

// Each of many findings is judged as if it had come alone, and the good ones are saved
// whatever becomes of the others.
func TestOfManyFindingsEachHasItsOwnVerdict(t *testing.T) {
	s, _ := openStore(t)
	ctx := testkit.Context(t)
	ours := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	other := domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
	u, l := useCase(t, s, ours, other)
	clerk := domain.Author{ID: "li", Name: "李老师"}
	answers, err := u.SubmitAll(ctx, clerk, []app.Submission{
		submission(ours.ID, "r1", "A1", 0),
		submission(uuid.NewString(), "r2", "A1", 0),
		submission(other.ID, "r3", "A99", 0),
		submission(ours.ID, "r4", "A2", 0),
		submission(ours.ID, "r5", "A2", 1),
		submission(ours.ID, "r1", "A1", 0),
	})
	if err != nil || len(answers) != 6 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for i, want := range []string{"", "NOT_FOUND", "FINDING_INVALID", "REVISION_CONFLICT", "", ""} {
		if want == "" && answers[i].Err != nil || want != "" && !fault.Is(answers[i].Err, want) {
			t.Errorf("finding %d: %v, want %q", i, answers[i].Err, want)
		}
	}
	if answers[0].Value.ID != answers[5].Value.ID || answers[4].Value.Revision != 2 {
		t.Errorf("%+v", answers)
	}
	told := map[string]bool{}
	for len(told) < 2 {
		for _, saved := range <-l.told {
			told[saved.Finding.ID] = true
		}
	}
	if !told[answers[0].Value.ID] || !told[answers[4].Value.ID] {
		t.Errorf("the ledger was told of %v", told)
	}
	// All of it once more: nothing changes.
	again, err := u.SubmitAll(ctx, clerk, []app.Submission{submission(ours.ID, "r1", "A1", 0), submission(ours.ID, "r5", "A2", 1)})
	if err != nil || again[0].Value.ID != answers[0].Value.ID || again[1].Value.ID != answers[4].Value.ID {
		t.Errorf("%+v, %v", again, err)
	}
	if found, err := s.ListFindings(ctx, ours.ID); err != nil || len(found) != 2 {
		t.Errorf("%d findings, %v", len(found), err)
	}
}

// 500 findings fill several batches, one entry's among them.
func TestFiveHundredFindingsAtOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entries, submissions := make([]domain.Entry, 490), make([]app.Submission, 0, 500)
	for i := range entries {
		entries[i] = domain.Entry{ID: uuid.NewString(), CountyCode: "330106"}
		submissions = append(submissions, submission(entries[i].ID, "", "A1", 0))
	}
	for revision := range int64(10) {
		submissions = append(submissions, submission(entries[0].ID, "", "A2", revision+1))
	}
	u, _ := useCase(t, s, entries...)
	answers, err := u.SubmitAll(ctx, domain.Author{ID: "li"}, submissions)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a.Err != nil {
			t.Errorf("finding %d: %v", i, a.Err)
		}
	}
	var heads, events int
	if err := pool.QueryRow(ctx, "SELECT (SELECT sum(revision) FROM entry_heads), (SELECT count(*) FROM outbox WHERE subject LIKE '%outcome_changed%')").Scan(&heads, &events); err != nil || heads != 500 || events != 500 {
		t.Errorf("%d revisions, %d events, %v", heads, events, err)
	}
}
