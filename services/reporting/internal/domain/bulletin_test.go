package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"baoxue.internal/services/reporting/internal/domain"
)

func codesOf(regions []domain.Region) []string {
	var codes []string
	for _, r := range regions {
		codes = append(codes, r.Code)
	}
	return codes
}

// Who is done, who leads, who is behind and who has not begun: nobody without children is
// praised or blamed, and the province's own queue is no county.
func TestTheBulletinNamesCountiesByWhatTheyDid(t *testing.T) {
	table, err := domain.Table([]domain.Bucket{
		entries("330102", 1, "B2", 9), entries("330105", 1, "A1", 5), entries("330105", 1, "", 5),
		entries("330106", 1, "99", 4), entries("330302", 1, "", 3),
		{County: "330105", Source: 1, Code: "A2", Entries: 1, Traits: domain.Overdue},
		entries("", 1, "", 2),
	}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	before, err := domain.Table([]domain.Bucket{entries("330105", 1, "A1", 8)}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	b := domain.NewBulletin(table, before)
	got := map[string][]string{
		"complete": codesOf(b.Complete), "leading": codesOf(b.Leading), "behind": codesOf(b.Behind), "silent": codesOf(b.Silent), "overdue": codesOf(b.Overdue),
	}
	want := map[string][]string{
		"complete": {"330102"}, "leading": {"330102", "330105"}, "behind": {"330106", "330302"},
		"silent": {"330302"}, "overdue": {"330105"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !b.Compared || b.Province.Since != 7 || b.Cities[0].Counties[1].Since != -2 {
		t.Errorf("since the month before: %+v", b.Province)
	}
	if alone := domain.NewBulletin(table, nil); alone.Compared {
		t.Error("compared with nothing")
	}
}
