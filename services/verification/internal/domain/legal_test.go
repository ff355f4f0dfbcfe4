package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

// A case for each thing that speaks against a step of the law (DOMAIN §6).
func TestAStepOfTheLawIsSoundAndInItsOrder(t *testing.T) {
	today := date("2026-03-10")
	child := domain.Entry{ID: "e", BirthDate: date("2012-05-01")}
	persuading := domain.Work{}.AfterFinding(domain.Found{Revision: 1, Code: "A2", On: date("2026-01-01")}, workRules)
	taken := func(code, on, number string) domain.LegalStep {
		return domain.LegalStep{LegalStepForm: domain.LegalStepForm{Code: code, Date: on, DocumentNumber: number}, On: date(on), Revision: 1}
	}
	educated, ordered := taken("EDUCATION", "2026-02-01", ""), taken("ORDER", "2026-02-20", "西教改〔2026〕1号")
	withdrawn := educated
	withdrawn.Withdrawal = &domain.Withdrawal{}
	sound := domain.LegalStepForm{Code: "ORDER", Date: "2026-03-01", DocumentNumber: "西教改〔2026〕7号", Authority: "西湖区教育局"}
	with := func(change func(*domain.LegalStepForm)) domain.LegalStepForm {
		form := sound
		change(&form)
		return form
	}
	for _, c := range []struct {
		name  string
		form  domain.LegalStepForm
		taken []domain.LegalStep
		want  string
	}{
		{"sound", sound, []domain.LegalStep{educated}, ""},
		{"the first", domain.LegalStepForm{Code: "EDUCATION", Date: "2026-03-10", Authority: "文三街道"}, nil, ""},
		{"nothing filled in", domain.LegalStepForm{}, nil, "form.authority REQUIRED, form.code REQUIRED, form.date REQUIRED"},
		{
			"all that is wrong at once",
			domain.LegalStepForm{Code: "PENALTY", Date: "2026-03-11", Note: strings.Repeat("长", 4001)},
			nil,
			"form.authority REQUIRED, form.code LEGAL_STEP_OUT_OF_ORDER, form.date DATE_IN_FUTURE, form.document_number REQUIRED, form.note TOO_LONG",
		},
		{"a step that there is not", with(func(f *domain.LegalStepForm) { f.Code = "PRISON" }), nil, "form.code LEGAL_STEP_UNKNOWN"},
		{"a document without a number", with(func(f *domain.LegalStepForm) { f.DocumentNumber = " " }), []domain.LegalStep{educated}, "form.document_number REQUIRED"},
		{"no date", with(func(f *domain.LegalStepForm) { f.Date = "三月一日" }), []domain.LegalStep{educated}, "form.date DATE_INVALID"},
		{"before the birth", domain.LegalStepForm{Code: "EDUCATION", Date: "2012-04-30", Authority: "文三街道"}, nil, "form.date DATE_BEFORE_BIRTH"},
		{"before the step below", with(func(f *domain.LegalStepForm) { f.Date = "2026-01-31" }), []domain.LegalStep{educated}, "form.date DATE_IN_PAST"},
		{"the step below left out", sound, nil, "form.code LEGAL_STEP_OUT_OF_ORDER"},
		{"or withdrawn", sound, []domain.LegalStep{withdrawn}, "form.code LEGAL_STEP_OUT_OF_ORDER"},
		{"two left out", with(func(f *domain.LegalStepForm) { f.Code = "ENFORCEMENT" }), []domain.LegalStep{educated, ordered}, "form.code LEGAL_STEP_OUT_OF_ORDER"},
		{
			"the same again", with(func(f *domain.LegalStepForm) { f.Date, f.DocumentNumber = ordered.Date, ordered.DocumentNumber }),
			[]domain.LegalStep{educated, ordered},
			"form.code LEGAL_STEP_REPEATED",
		},
		{"a second order", sound, []domain.LegalStep{educated, ordered}, ""},
		{"after a step that was abolished", with(func(f *domain.LegalStepForm) { f.Code = "PENALTY" }), []domain.LegalStep{taken("WARNING", "2026-02-01", "")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			step, err := persuading.NewLegalStep(c.form, child, c.taken, workRules.LegalLadder, today)
			var got []string
			if err != nil {
				for _, v := range fault.As(err).Violations {
					got = append(got, v.Field+" "+v.Reason)
				}
			}
			slices.Sort(got)
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%q, want %q", strings.Join(got, ", "), c.want)
			}
			if c.want == "" && (err != nil || step.LegalStepForm != c.form || step.Number != len(c.taken)+1 || step.Revision != 1 || step.Name == "" ||
				step.On.Format(time.DateOnly) != c.form.Date) {
				t.Errorf("%+v, %v", step, err)
			}
		})
	}
}

func TestStepsOfTheLawAreOfOnePersuading(t *testing.T) {
	var w domain.Work
	found := func(code string) {
		w = w.AfterFinding(domain.Found{Revision: w.Revision + 1, Code: code, On: date("2026-01-01")}, workRules)
	}
	ladder := workRules.LegalLadder
	form := domain.LegalStepForm{Code: "EDUCATION", Date: "2026-01-02", Authority: "文三街道"}
	var steps []domain.LegalStep
	for _, code := range []string{"B1", "99"} {
		found(code)
		if _, err := w.NewLegalStep(form, domain.Entry{}, nil, ladder, date("2026-01-03")); !fault.Is(err, "NO_PERSUASION_NEEDED") || w.NextLegalStep(nil, ladder) != "" {
			t.Errorf("after %s: %v", code, err)
		}
	}
	found("A1")
	for _, want := range []string{"EDUCATION", "ORDER", "PENALTY", "ENFORCEMENT", "ENFORCEMENT"} {
		next := w.NextLegalStep(steps, ladder)
		if next != want {
			t.Fatalf("%s comes next, not %s", next, want)
		}
		step, err := w.NewLegalStep(domain.LegalStepForm{Code: next, Date: "2026-01-02", Authority: "文三街道", DocumentNumber: time.Now().String()}, domain.Entry{}, steps, ladder, date("2026-01-03"))
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	found("B3")
	found("A1")
	if next := w.NextLegalStep(steps, ladder); next != "EDUCATION" {
		t.Errorf("after a relapse %s comes next", next)
	}
	if w.NextLegalStep(nil, nil) != "" {
		t.Error("a ladder without rungs has a first one")
	}
}
