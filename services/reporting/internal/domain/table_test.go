package domain_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"baoxue.internal/services/reporting/internal/domain"
)

var sources = []domain.Source{1, 2, 3, 0}

// Counties of the divisions, the queue, one that its city does not have, and one
// of a city that is not there either.
var places = []string{"330102", "330105", "330106", "330302", "330327", "", "330199", "332582"}

func bucket() *rapid.Generator[domain.Bucket] {
	codes := append([]string{"", domain.CodeUnconfirmed}, domain.Codes...)
	return rapid.Custom(func(t *rapid.T) domain.Bucket {
		n := rapid.Int64Range(1, 1000).Draw(t, "entries")
		return domain.Bucket{
			County: rapid.SampledFrom(places).Draw(t, "county"), Source: rapid.SampledFrom(sources).Draw(t, "source"),
			Code: rapid.SampledFrom(codes).Draw(t, "code"), Entries: n,
			Traits: domain.Traits(rapid.Int32Range(0, int32(domain.Late)*2-1).Draw(t, "traits")),
		}
	})
}

// cells are all the figures of a row by column, the rank apart.
func cells(r domain.Row) map[string]int64 {
	all := map[string]int64{
		"total": r.Total, "pending": r.Pending, "99": r.Unconfirmed, "A": r.A, "B": r.B,
		"added": r.Added, "changed": r.Changed, "ever A": r.EverA, "returned": r.Returned,
		"closed": r.Closed, "given back": r.GivenBack, "duty": r.DutyOpen, "overdue": r.Overdue, "late": r.Late,
	}
	for code, n := range r.ByCode {
		all[code] = n
	}
	return all
}

// expected counts the buckets that are in one row, in the plainest way.
func expected(buckets []domain.Bucket, in func(domain.Bucket) bool) map[string]int64 {
	all := cells(domain.Row{})
	for _, c := range domain.Codes {
		all[c] = 0
	}
	for _, b := range buckets {
		if !in(b) {
			continue
		}
		column := map[string]string{"": "pending", domain.CodeUnconfirmed: "99"}[b.Code]
		if column == "" {
			column = b.Code
			all[b.Code[:1]] += b.Entries
		}
		all[column] += b.Entries
		all["total"] += b.Entries
		for column, trait := range map[string]domain.Traits{
			"added": domain.Added, "changed": domain.Changed, "ever A": domain.EverA, "returned": domain.Returned, "closed": domain.Settled,
			"given back": domain.GivenBack, "duty": domain.DutyOpen, "overdue": domain.Overdue, "late": domain.Late,
		} {
			if b.Traits&trait != 0 {
				all[column] += b.Entries
			}
		}
	}
	return all
}

type at struct {
	region string
	source domain.Source
}

func byPlace(t *rapid.T, table []domain.Row) map[at]domain.Row {
	rows := map[at]domain.Row{}
	for _, r := range table {
		key := at{r.Region.Code, r.Source}
		if _, twice := rows[key]; twice {
			t.Fatalf("two rows of %v", key)
		}
		rows[key] = r
	}
	return rows
}

// sum adds up rows column by column.
func sum(rows map[at]domain.Row, in func(at, domain.Row) bool) map[string]int64 {
	total := expected(nil, nil)
	for key, r := range rows {
		if in(key, r) {
			for column, n := range cells(r) {
				total[column] += n
			}
		}
	}
	return total
}

// DOMAIN §4: A + B + 99 + 未处理 = 台账总数 in every row; counties sum to their city,
// cities and the province's own queue to the province, sources to all, in every
// column; and each county has what its buckets say.
func TestEveryLevelAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buckets := rapid.SliceOfN(bucket(), 0, 40).Draw(t, "buckets")
		table, err := domain.Table(buckets, divisions)
		if err != nil {
			t.Fatal(err)
		}
		rows := byPlace(t, table)
		same := func(what string, want, got map[string]int64) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", what, diff)
			}
		}
		for key, r := range rows {
			if r.A+r.B+r.Unconfirmed+r.Pending != r.Total {
				t.Errorf("%v does not add up: %+v", key, r)
			}
			if key.source != domain.AllSources {
				continue
			}
			same(fmt.Sprintf("sources of %s", key.region), cells(r), sum(rows, func(k at, _ domain.Row) bool {
				return k.region == key.region && k.source != domain.AllSources
			}))
		}
		for key, r := range rows {
			if r.Region.Level == domain.LevelCity || r.Region.Level == domain.LevelProvince {
				same(fmt.Sprintf("children of %v", key), cells(r), sum(rows, func(k at, child domain.Row) bool {
					return child.Region.Parent == key.region && k.source == key.source
				}))
			}
		}
		for _, place := range places {
			for _, s := range sources {
				want := expected(buckets, func(b domain.Bucket) bool { return b.County == place && b.Source == s })
				key := at{place, s}
				if place == "" {
					key.region = domain.Queue.Code
				}
				r, ok := rows[key]
				if !ok && want["total"] == 0 {
					// A county that the divisions do not have, and no child either.
					continue
				}
				same(fmt.Sprintf("row of %v", key), want, cells(r))
			}
		}
		same("the province", expected(buckets, func(domain.Bucket) bool { return true }), cells(rows[at{domain.Province.Code, domain.AllSources}]))
	})
}

// A rank is one more than the number of those who are strictly better.
func TestARankIsOneMoreThanTheNumberOfBetterOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, err := domain.Table(rapid.SliceOfN(bucket(), 0, 40).Draw(t, "buckets"), divisions)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range table {
			ranked := r.Source == domain.AllSources && r.Total > 0 && (r.Region.Level == domain.LevelCity || r.Region.Level == domain.LevelCounty)
			want := 0
			if ranked {
				want = 1
				for _, rival := range table {
					if rival.Region.Level == r.Region.Level && rival.Source == domain.AllSources && rival.Total > 0 &&
						big.NewRat(rival.A+rival.B, rival.Total).Cmp(big.NewRat(r.A+r.B, r.Total)) > 0 {
						want++
					}
				}
			}
			if r.Rank != want {
				t.Errorf("%s/%d has rank %d, want %d", r.Region.Code, r.Source, r.Rank, want)
			}
		}
	})
}

// Re-running a month gives the same bytes, however the database and the regions'
// service happen to order their answers; another figure gives others.
func TestTheOrderOfWhatComesInChangesNothing(t *testing.T) {
	m := month(t, "2019-07")
	rapid.Check(t, func(t *rapid.T) {
		buckets := rapid.SliceOfN(bucket(), 1, 40).Draw(t, "buckets")
		first, err := domain.Table(buckets, divisions)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := rapid.Permutation(buckets).Draw(t, "shuffled")
		again, err := domain.Table(shuffled, rapid.Permutation(divisions).Draw(t, "divisions"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("-first +again\n%s", diff)
		}
		digest := domain.Digest(m, m.End(), domain.CurrentDefinitions, first, nil)
		if got := domain.Digest(m, m.End(), domain.CurrentDefinitions, again, nil); got != digest {
			t.Errorf("digest %s, then %s", digest, got)
		}
		shuffled[0].Entries++
		other, err := domain.Table(shuffled, divisions)
		if err != nil {
			t.Fatal(err)
		}
		if domain.Digest(m, m.End(), domain.CurrentDefinitions, other, nil) == digest {
			t.Error("another figure has the same digest")
		}
	})
}

func TestTheRowsAreInTheOrderOfTheBulletin(t *testing.T) {
	table, err := domain.Table([]domain.Bucket{entries("330302", 3, "A1", 1), entries("", 0, "", 1)}, divisions)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for i, r := range table {
		if i%5 == 0 {
			order = append(order, r.Region.Code)
		}
		if want := []domain.Source{domain.AllSources, 1, 2, 3, 0}[i%5]; r.Source != want {
			t.Errorf("row %d: source %d, want %d", i, r.Source, want)
		}
	}
	// A region without entries has its row all the same.
	want := []string{"330000", "330100", "330102", "330105", "330106", "330300", "330302", "330327", "none"}
	if !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}
