package domain_test

import (
	"slices"
	"strings"
	"testing"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

func TestVisitRules(t *testing.T) {
	good := domain.VisitForm{
		Date: "2019-07-17", Persuaders: "李老师", Contact: "祖父", Method: 1, ChildSituation: "在家", FamilySituation: "父母在外", Result: 3,
		Support: "送教上门", NextDate: "2019-08-01",
	}
	with := func(change func(*domain.VisitForm)) domain.VisitForm { f := good; change(&f); return f }
	for _, c := range []struct {
		name string
		form domain.VisitForm
		want []string
	}{
		{"a complete one", good, nil},
		{"support and the next date may be missing", with(func(f *domain.VisitForm) { f.Support, f.NextDate = "", "" }), nil},
		{"nobody met, nothing learnt", with(func(f *domain.VisitForm) {
			f.Contact, f.ChildSituation, f.FamilySituation, f.Result = "", "", "", domain.NotMet
		}), nil},
		{"a written notice speaks to nobody", with(func(f *domain.VisitForm) { f.Contact, f.Method = "", domain.WrittenNotice }), nil},
		{"not in the future", with(func(f *domain.VisitForm) { f.Date = "2019-07-20" }), []string{"form.date DATE_IN_FUTURE"}},
		{"not before birth", with(func(f *domain.VisitForm) { f.Date, f.NextDate = "2010-05-19", "" }), []string{"form.date DATE_BEFORE_BIRTH"}},
		{"a date", with(func(f *domain.VisitForm) { f.Date = "yesterday" }), []string{"form.date DATE_INVALID"}},
		{"the next after this one", with(func(f *domain.VisitForm) { f.NextDate = f.Date }), []string{"form.next_date DATE_IN_PAST"}},
		{"the next within a year", with(func(f *domain.VisitForm) { f.NextDate = "2020-07-18" }), []string{"form.next_date DATE_INVALID"}},
		{"the next is a date", with(func(f *domain.VisitForm) { f.NextDate = "x" }), []string{"form.next_date DATE_INVALID"}},
		{"not endless", with(func(f *domain.VisitForm) { f.Support = strings.Repeat("长", 2001) }), []string{"form.support TOO_LONG"}},
		{"all at once", domain.VisitForm{}, []string{
			"form.child_situation REQUIRED", "form.contact REQUIRED", "form.date REQUIRED", "form.family_situation REQUIRED",
			"form.method REQUIRED", "form.persuaders REQUIRED", "form.result REQUIRED",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			if f := fault.As(c.form.Check(child, date("2019-07-19"))); f != nil {
				for _, v := range f.Violations {
					got = append(got, v.Field+" "+v.Reason)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
		})
	}
}
