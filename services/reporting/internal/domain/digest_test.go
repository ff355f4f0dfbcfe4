package domain_test

import (
	"maps"
	"testing"
	"time"

	"baoxue.internal/services/reporting/internal/domain"
)

// No figure of a snapshot can be changed behind its digest's back.
func TestTheDigestCoversEveryFigure(t *testing.T) {
	m := month(t, "2019-07")
	table, err := domain.Table([]domain.Bucket{entries("330106", 1, "A1", 3), entries("330105", 2, "B10", 2)}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	digest := domain.Digest(m, m.End(), domain.CurrentDefinitions, table, nil)
	changes := map[string]func(*domain.Row){
		"region": func(r *domain.Row) { r.Region.Code = "330199" }, "parent": func(r *domain.Row) { r.Region.Parent = "330300" },
		"level": func(r *domain.Row) { r.Region.Level = domain.LevelCounty }, "source": func(r *domain.Row) { r.Source = 2 },
		"total": func(r *domain.Row) { r.Total++ }, "pending": func(r *domain.Row) { r.Pending++ },
		"99": func(r *domain.Row) { r.Unconfirmed++ }, "A": func(r *domain.Row) { r.A++ }, "B": func(r *domain.Row) { r.B++ },
		"added": func(r *domain.Row) { r.Added++ }, "changed": func(r *domain.Row) { r.Changed++ },
		"ever A": func(r *domain.Row) { r.EverA++ }, "returned": func(r *domain.Row) { r.Returned++ },
		"closed": func(r *domain.Row) { r.Closed++ }, "given back": func(r *domain.Row) { r.GivenBack++ },
		"duty": func(r *domain.Row) { r.DutyOpen++ }, "overdue": func(r *domain.Row) { r.Overdue++ }, "late": func(r *domain.Row) { r.Late++ },
		"rank": func(r *domain.Row) { r.Rank++ },
	}
	for _, code := range domain.Codes {
		changes[code] = func(r *domain.Row) { r.ByCode[code]++ }
	}
	for name, change := range changes {
		row := table[0]
		row.ByCode = maps.Clone(row.ByCode)
		change(&row)
		if domain.Digest(m, m.End(), domain.CurrentDefinitions, append([]domain.Row{row}, table[1:]...), nil) == digest {
			t.Errorf("%s is not in the digest", name)
		}
	}
	if domain.Digest(month(t, "2019-08"), m.End(), domain.CurrentDefinitions, table, nil) == digest || domain.Digest(m, m.End().Add(-time.Microsecond), domain.CurrentDefinitions, table, nil) == digest ||
		domain.Digest(m, m.End(), domain.CurrentDefinitions, table[1:], nil) == digest {
		t.Error("month, cut-off or a whole row is not in the digest")
	}
	if domain.Digest(m, m.End().UTC(), domain.CurrentDefinitions, table, nil) != digest {
		t.Error("the zone in which the cut-off is written changes the digest")
	}
}

// What reviews came to is in the digest, in whatever order it was told.
func TestTheDigestCoversReviews(t *testing.T) {
	m := month(t, "2019-07")
	digest := func(definitions int, reviews ...domain.Reviewed) string {
		return domain.Digest(m, m.End(), definitions, nil, reviews)
	}
	a, b := domain.Reviewed{County: "330106", Code: "B2", Decided: 3, Overturned: 1}, domain.Reviewed{County: "330106", Code: "B10", Decided: 1}
	of := digest(domain.CurrentDefinitions, a, b)
	if digest(domain.CurrentDefinitions, b, a) != of {
		t.Error("the order changes the digest")
	}
	seen := map[string]string{of: "nothing changed"}
	for name, changed := range map[string]domain.Reviewed{
		"county": {County: "330102", Code: "B2", Decided: 3, Overturned: 1}, "code": {County: "330106", Code: "B3", Decided: 3, Overturned: 1},
		"decided": {County: "330106", Code: "B2", Decided: 4, Overturned: 1}, "overturned": {County: "330106", Code: "B2", Decided: 3},
	} {
		got := digest(domain.CurrentDefinitions, changed, b)
		if other, same := seen[got]; same {
			t.Errorf("%s: the same digest as with %s", name, other)
		}
		seen[got] = name
	}
	if digest(domain.WorkDefinitions, a) != digest(domain.WorkDefinitions) {
		t.Error("a snapshot from before them has reviews in its digest")
	}
}

// A snapshot of older definitions keeps its digest.
func TestADigestIsOfItsDefinitions(t *testing.T) {
	m := month(t, "2019-07")
	table, err := domain.Table([]domain.Bucket{entries("330106", 1, "B2", 3)}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	old := domain.Digest(m, m.End(), domain.FirstDefinitions, table, nil)
	table[0].Closed++
	if domain.Digest(m, m.End(), domain.FirstDefinitions, table, nil) != old {
		t.Error("a column that there was not is in the digest")
	}
}
