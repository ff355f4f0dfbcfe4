package domain_test

import (
	"slices"
	"testing"
	"time"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

func day(text string) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, text, domain.Shanghai)
	if err != nil {
		panic(err)
	}
	return d
}

// The standard of 2019-07-01, and a later one that renames a code.
func standards() domain.Standards {
	var all domain.Standards
	for _, c := range []struct {
		code   string
		action domain.Action
	}{
		{"A1", domain.Dropout},
		{"A8", domain.Dropout},
		{"B1", domain.Dropout},
		{"B5", domain.Dropout},
		{"B6", domain.Dropout},
		{"B7", domain.Dropout},
		{"B9", domain.Dropout},
		{"B10", domain.Dropout},
		{"B2", domain.Enrolled},
		{"B3", domain.Enrolled},
		{"B4", domain.Enrolled},
		{"B8", domain.Enrolled},
		{"99", domain.Unconfirmed},
	} {
		all = append(all, domain.Code{Code: c.code, Action: c.action, ValidFrom: day("2019-07-01")})
	}
	return append(all, domain.Code{Code: "A9", Action: domain.Dropout, ValidFrom: day("2030-01-01")})
}

var child = domain.Entry{ID: "e", CountyCode: "330106", BirthDate: day("2010-05-20"), HasStudentNumber: true}

func enrolled(code, region string) domain.Form {
	return domain.Form{Action: domain.Enrolled, Code: code, SchoolRegion: region, School: "文三路小学", Witness: "王老师", WitnessDate: "2019-07-17"}
}

func dropout(code, explanation string) domain.Form {
	return domain.Form{Action: domain.Dropout, Code: code, Witness: "王老师", WitnessDate: "2019-07-17", Explanation: explanation}
}

// A case for each sentence of DOMAIN §3, "Rules".
func TestRules(t *testing.T) {
	with := func(f domain.Form, change func(*domain.Form)) domain.Form { change(&f); return f }
	born := func(date string) domain.Entry { e := child; e.BirthDate = day(date); return e }
	unknownBirth, noNumber := child, child
	unknownBirth.BirthDate = time.Time{}
	noNumber.HasStudentNumber = false
	for _, c := range []struct {
		name  string
		form  domain.Form
		entry domain.Entry
		want  []string
	}{
		{"A1 needs nothing more", dropout("A1", ""), child, nil},
		{"证明人 is required", with(dropout("A1", ""), func(f *domain.Form) { f.Witness = " " }), child, []string{"dropout.witness REQUIRED"}},
		{"证明人 that nobody sees", with(dropout("A1", ""), func(f *domain.Form) { f.Witness = "\u200b\ufeff\x01" }), child, []string{"dropout.witness REQUIRED"}},
		{"证明人 that names nobody", with(dropout("A1", ""), func(f *domain.Form) { f.Witness = "。" }), child, []string{"dropout.witness REQUIRED"}},
		{"证明日期 is required", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "" }), child, []string{"dropout.witness_date REQUIRED"}},
		{"证明日期 is a date", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "2019-2-30" }), child, []string{"dropout.witness_date DATE_INVALID"}},
		{"not in the future", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "2019-07-20" }), child, []string{"dropout.witness_date DATE_IN_FUTURE"}},
		{"today is not the future", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "2019-07-19" }), child, nil},
		{"not before birth", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "2010-05-19" }), child, []string{"dropout.witness_date DATE_BEFORE_BIRTH"}},
		{"the day of birth is not before it", with(dropout("A1", ""), func(f *domain.Form) { f.WitnessDate = "2010-05-20" }), child, nil},

		{"A8 asks for three fields", dropout("A8", "说明"), child, []string{
			"dropout.current_situation REQUIRED", "dropout.family_situation REQUIRED", "dropout.parent_contact REQUIRED",
		}},
		{"A8 with them", with(dropout("A8", ""), func(f *domain.Form) { f.CurrentSituation, f.FamilySituation, f.ParentContact = "a", "b", "c" }), child, nil},

		{"B2 with a number on the entry", enrolled("B2", "330106"), child, nil},
		{"B2 without any number", enrolled("B2", "330106"), noNumber, []string{"enrolled.national_student_number STUDENT_NUMBER_REQUIRED"}},
		{"B2 with a number given now", with(enrolled("B2", "330106"), func(f *domain.Form) { f.NationalStudentNumber = "G33" }), noNumber, nil},
		{"B3 in the province", enrolled("B3", "330106"), child, nil},
		{"B3 outside it", enrolled("B3", "310101"), child, []string{"enrolled.school_region SCHOOL_REGION_OUTSIDE_PROVINCE"}},
		{"B4 outside the province, explained", with(enrolled("B4", "310101"), func(f *domain.Form) { f.Explanation = "随迁" }), child, nil},
		{"B4 inside, unexplained", enrolled("B4", "330106"), child, []string{
			"enrolled.explanation EXPLANATION_REQUIRED", "enrolled.school_region SCHOOL_REGION_IN_PROVINCE",
		}},
		{"a transfer to another province is explained", enrolled("B8", "310101"), child, []string{"enrolled.explanation EXPLANATION_REQUIRED"}},
		{"B8 within the province", enrolled("B8", "330106"), child, nil},
		{"school and region are required", with(enrolled("B8", ""), func(f *domain.Form) { f.School = "" }), child, []string{
			"enrolled.school REQUIRED", "enrolled.school_region REQUIRED",
		}},
		{"the region exists", enrolled("B8", "339999"), child, []string{"enrolled.school_region SCHOOL_REGION_UNKNOWN"}},

		{"B5 the day before the sixth birthday", dropout("B5", ""), born("2013-07-18"), nil},
		{"B5 on the sixth birthday", dropout("B5", ""), born("2013-07-17"), []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B5 older, explained", dropout("B5", "仍在幼儿园"), child, nil},
		{"B5 of unknown age", dropout("B5", ""), unknownBirth, []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B6 on the sixteenth birthday", dropout("B6", ""), born("2003-07-17"), nil},
		{"B6 the day before", dropout("B6", "不读了"), born("2003-07-18"), []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B6 younger but graduated", dropout("B6", "已毕业于文三路初中"), child, nil},
		{"B6 graduated, but not where", dropout("B6", "已毕业"), child, []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B6 not graduated", dropout("B6", "初中未毕业，在家务农"), child, []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B6 not graduated, in more words", dropout("B6", "尚没有从初中毕业"), child, []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B6 not from the one, but from another", dropout("B6", "未从文三路初中毕业，2019年6月毕业于学军中学"), child, nil},
		{"B6 graduated, after another denial", dropout("B6", "没有辍学，已从文三路初中毕业"), child, nil},
		{"B6 of unknown age", dropout("B6", ""), unknownBirth, []string{"dropout.explanation AGE_NEEDS_EXPLANATION"}},
		{"B1 is explained", dropout("B1", ""), child, []string{"dropout.explanation EXPLANATION_REQUIRED"}},
		{"B1 is explained in words", dropout("B1", "……\u2060"), child, []string{"dropout.explanation EXPLANATION_REQUIRED"}},
		{"B7 is explained", dropout("B7", " "), child, []string{"dropout.explanation EXPLANATION_REQUIRED"}},
		{"B10 is explained", dropout("B10", ""), child, []string{"dropout.explanation EXPLANATION_REQUIRED"}},
		{"B9 names the police", dropout("B9", "找不到人"), child, []string{"dropout.explanation POLICE_CONFIRMATION_REQUIRED"}},
		{"B9 not asked of the police", dropout("B9", "未经派出所确认"), child, []string{"dropout.explanation POLICE_CONFIRMATION_REQUIRED"}},
		{"B9 not confirmed by the police", dropout("B9", "公安机关尚未确认"), child, []string{"dropout.explanation POLICE_CONFIRMATION_REQUIRED"}},
		{"B9 merely reported", dropout("B9", "已报警"), child, []string{"dropout.explanation POLICE_CONFIRMATION_REQUIRED"}},
		{"B9 not by the one, but by the other", dropout("B9", "派出所未确认，县公安局已立案认定失踪"), child, nil},
		{"B9 not found, as the police confirm", dropout("B9", "至今未找到，公安机关已确认失联"), child, nil},
		{"B9 with it", dropout("B9", "经西湖公安分局确认失踪"), child, nil},
		{"99 is explained", domain.Form{Action: domain.Unconfirmed, Code: "99", Witness: "王", WitnessDate: "2019-07-17"}, child, []string{"unconfirmed.explanation EXPLANATION_REQUIRED"}},

		{"an illegal code for the button", enrolled("A1", "330106"), child, []string{"enrolled.code CODE_NOT_ALLOWED_FOR_ACTION"}},
		{"an unknown code", dropout("C1", ""), child, []string{"dropout.code CODE_UNKNOWN"}},
		{"a code of a later standard", dropout("A9", ""), child, []string{"dropout.code CODE_UNKNOWN"}},
		{"no code", dropout("", ""), child, []string{"dropout.code REQUIRED"}},
		{"更正 of a finding that there is", with(dropout("A1", ""), func(f *domain.Form) { f.Correction = domain.Correction{Revision: 2, Reason: "填错编码"} }), child, nil},
		{"更正 needs a reason", with(dropout("A1", ""), func(f *domain.Form) { f.Correction = domain.Correction{Revision: 1, Reason: " "} }), child, []string{"correction.reason REQUIRED"}},
		{"更正 of a finding that never was", with(dropout("A1", ""), func(f *domain.Form) { f.Correction = domain.Correction{Revision: 3, Reason: "填错编码"} }), child, []string{"correction.revision CORRECTION_INVALID"}},
		{"all violations at once", domain.Form{Action: domain.Enrolled}, noNumber, []string{
			"enrolled.code REQUIRED", "enrolled.school REQUIRED", "enrolled.school_region REQUIRED",
			"enrolled.witness REQUIRED", "enrolled.witness_date REQUIRED",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			today := day("2019-07-19")
			err := c.form.Check(c.entry, standards().On(today), c.form.SchoolRegion != "339999", 2, today)
			var got []string
			if f := fault.As(err); f != nil {
				for _, v := range f.Violations {
					if v.Message == "" {
						t.Errorf("%s does not tell the clerk what to write", v.Field)
					}
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

func TestAStandardHoldsFromItsDay(t *testing.T) {
	for date, want := range map[string]int{"2019-06-30": 0, "2019-07-01": 13, "2029-12-31": 13, "2030-01-01": 1} {
		if got := len(standards().On(day(date))); got != want {
			t.Errorf("%s: %d codes, want %d", date, got, want)
		}
	}
}

func TestAVersionOfTheStandardIsSound(t *testing.T) {
	good := []domain.Code{{Code: "A1", Name: "甲", Action: domain.Dropout}, {Code: "B2", Name: "乙", Action: domain.Enrolled}, {Code: "99", Name: "丙", Action: domain.Unconfirmed}}
	with := func(change func([]domain.Code)) []domain.Code { c := slices.Clone(good); change(c); return c }
	for _, c := range []struct {
		name, from string
		codes      []domain.Code
		ok         bool
	}{
		{"after the newest", "2031-01-01", good, true},
		{"on the day of another", "2030-01-01", good, false},
		{"before one that is there", "2029-01-01", good, false},
		{"from today", "2019-07-19", good, false},
		{"without 99", "2031-01-01", good[:2], false},
		{"a code twice", "2031-01-01", with(func(c []domain.Code) { c[1] = c[0] }), false},
		{"no code at all", "2031-01-01", with(func(c []domain.Code) { c[0].Code = "A0" }), false},
		{"no name", "2031-01-01", with(func(c []domain.Code) { c[0].Name = " " }), false},
		{"an A code for a child at school", "2031-01-01", with(func(c []domain.Code) { c[0].Action = domain.Enrolled }), false},
		{"no button", "2031-01-01", with(func(c []domain.Code) { c[0].Action = 4 }), false},
	} {
		err := domain.CheckVersion(day(c.from), c.codes, standards(), day("2019-07-19"))
		if (err == nil) != c.ok || err != nil && !fault.Is(err, "STANDARD_INVALID") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheProvinceHandlesOnlyItsOwnQueue(t *testing.T) {
	province, clerk := domain.Author{Province: true}, domain.Author{}
	queue := child
	queue.CountyCode = ""
	for _, c := range []struct {
		author domain.Author
		entry  domain.Entry
		ok     bool
	}{{province, queue, true}, {province, child, false}, {clerk, child, true}} {
		if err := c.author.MayHandle(c.entry); (err == nil) != c.ok {
			t.Errorf("province %t, county %q: %v", c.author.Province, c.entry.CountyCode, err)
		}
	}
}

func TestADigestTellsContentsApart(t *testing.T) {
	a := dropout("A1", "x")
	b := dropout("A1", "")
	b.CurrentSituation = "x"
	if a.Digest("e", 0) == b.Digest("e", 0) || a.Digest("e", 0) == a.Digest("f", 0) || a.Digest("e", 0) == a.Digest("e", 1) {
		t.Fatal("different requests have one digest")
	}
	if a.Digest("e", 0) != dropout("A1", "x").Digest("e", 0) {
		t.Fatal("one request has two digests")
	}
}
