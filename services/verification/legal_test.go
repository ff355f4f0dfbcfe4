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

var (
	education = domain.LegalStepForm{Code: "EDUCATION", Date: "2026-03-02", Authority: "文三街道", Note: "父母外出"}
	order     = domain.LegalStepForm{Code: "ORDER", Date: "2026-03-03", Authority: "西湖区教育局", DocumentNumber: "西教改〔2026〕7号"}
	legalDay  = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
)

// proceedings are an entry of a county whose child needs persuading, and two steps of the law.
func proceedings(ctx context.Context, t *testing.T, s saver, county string) (domain.Entry, []domain.LegalStep) {
	t.Helper()
	entry := domain.Entry{ID: uuid.NewString(), CountyCode: county}
	if err := s.ApplyPlaces(ctx, []app.Place{{EntryID: entry.ID, CountyCode: county, Version: 1, At: time.Now()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(ctx, saving(entry.ID, "li", "", "A2", 0)); err != nil {
		t.Fatal(err)
	}
	steps := make([]domain.LegalStep, 2)
	for i, form := range []domain.LegalStepForm{education, order} {
		var err error
		if steps[i], _, err = s.RecordLegalStep(ctx, entry, clerk, form, legalDay); err != nil {
			t.Fatal(err)
		}
	}
	return entry, steps
}

func TestStepsOfTheLawAreNumberedAndWithdrawnNeverChanged(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	entry, steps := proceedings(ctx, t, s, "330106")
	if _, _, err := s.RecordLegalStep(ctx, entry, clerk, order, legalDay); !fault.Is(err, "LEGAL_STEP_INVALID") {
		t.Errorf("the same again: %v", err)
	}
	got, next, err := s.ListLegalSteps(ctx, entry.ID)
	if err != nil || len(got) != 2 || got[0].LegalStepForm != education || got[1].LegalStepForm != order || got[1].Number != 2 ||
		got[1].Name != "责令改正" || got[1].Author != clerk.Name || next != "PENALTY" {
		t.Fatalf("%+v, next %s, %v", got, next, err)
	}
	detail, err := s.WorkDetail(ctx, entry)
	// Ten working days after a Tuesday.
	if err != nil || detail.DueKind != domain.DueLegalStep || detail.DueDay() != "2026-03-17" || detail.LegalStep != "责令改正" {
		t.Errorf("due %s %s after %s, %v", detail.DueDay(), detail.DueKind, detail.LegalStep, err)
	}

	withdrawn, state, err := s.WithdrawLegalStep(ctx, entry, clerk, steps[1].ID, "登记到了别的学生")
	if err != nil || withdrawn.Withdrawal == nil || withdrawn.LegalStepForm != order || state.DueDay() != "2026-03-16" || state.LegalStep != "宣传教育" {
		t.Fatalf("%+v, due %s after %s, %v", withdrawn, state.DueDay(), state.LegalStep, err)
	}
	if _, _, err := s.WithdrawLegalStep(ctx, entry, clerk, steps[1].ID, "再撤"); !errors.Is(err, domain.ErrLegalStepWithdrawn) {
		t.Errorf("withdrawn twice: %v", err)
	}
	for _, id := range []string{uuid.NewString(), "x"} {
		if _, _, err := s.WithdrawLegalStep(ctx, entry, clerk, id, "误登记"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s withdrawn: %v", id, err)
		}
	}
	got, next, err = s.ListLegalSteps(ctx, entry.ID)
	if err != nil || len(got) != 2 || got[0].Withdrawal != nil || got[1].Withdrawal == nil || got[1].Withdrawal.Reason != "登记到了别的学生" || next != "ORDER" {
		t.Errorf("%+v, next %s, %v", got, next, err)
	}
	for _, statement := range []string{"UPDATE legal_steps SET number = 9", "DELETE FROM legal_steps", "DELETE FROM legal_step_withdrawals"} {
		if err := naming(t, pool, entry.ID, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, statement)
			return err
		}); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	var text string
	var events, records int
	if err := naming(t, pool, entry.ID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT string_agg(s::text || encode(s.document_number_sealed || s.authority_sealed || s.note_sealed, 'escape'), '') FROM legal_steps s)
				|| (SELECT string_agg(w::text || encode(w.reason_sealed, 'escape'), '') FROM legal_step_withdrawals w),
			(SELECT count(*) FROM outbox WHERE subject LIKE '%work_changed%'),
			(SELECT count(*) FROM audit_records WHERE action LIKE 'legal_step.%')`).Scan(&text, &events, &records)
	}); err != nil {
		t.Fatal(err)
	}
	// The finding, two steps, the withdrawal.
	if events != 4 || records != 3 {
		t.Errorf("%d events, %d audit records", events, records)
	}
	for _, secret := range []string{"西教改", "文三街道", "父母外出", "别的学生"} {
		if text == "" || strings.Contains(text, secret) {
			t.Errorf("%s is in the tables", secret)
		}
	}
}

// What was recorded before others were told which step holds is told once; an entry without one is left as it is.
func TestOlderLegalStepsAreToldOnce(t *testing.T) {
	s, pool := openStore(t)
	ctx := testkit.Context(t)
	held, _ := proceedings(ctx, t, s, "330106")
	withdrawn, steps := proceedings(ctx, t, s, "330106")
	for _, step := range steps {
		if _, _, err := s.WithdrawLegalStep(ctx, withdrawn, clerk, step.ID, "误登记"); err != nil {
			t.Fatal(err)
		}
	}
	named, _ := proceedings(ctx, t, s, "330106")
	// As an older version left the first two.
	if _, err := pool.Exec(ctx, "UPDATE entry_heads SET work = work - 'legalStep' WHERE entry_id = ANY ($1)", []string{held.ID, withdrawn.ID}); err != nil {
		t.Fatal(err)
	}
	works := map[domain.Entry]domain.WorkDetail{}
	for _, e := range []domain.Entry{held, withdrawn, named} {
		var err error
		if works[e], err = s.WorkDetail(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.TellLegalSteps(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for e, before := range works {
		want := before.Work
		if e == held {
			want.Version, want.LegalStep = want.Version+1, "责令改正"
		}
		if after, err := s.WorkDetail(ctx, e); err != nil || after.Work != want {
			t.Errorf("got %+v, want %+v, %v", after.Work, want, err)
		}
	}
	var events int
	if err := naming(t, pool, held.ID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM outbox WHERE subject LIKE '%work_changed%'").Scan(&events)
	}); err != nil || events != 3*3+1+1 {
		// A finding and two steps of each, the withdrawal of the highest, the telling.
		t.Errorf("%d events, %v", events, err)
	}
}
