package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

func nameOf(county string) string { return "名" + county }

func violations(err error) []string {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	var fields []string
	for _, v := range f.Violations {
		fields = append(fields, v.Field)
	}
	return fields
}

// The ledger counts entries only, in an order and in pieces of its own.
func TestEqualCountsReconcile(t *testing.T) {
	events := []domain.Bucket{
		{County: "330106", Source: 1, Code: "A1", Entries: 3, Traits: domain.Changed | domain.EverA}, entries("", 0, "", 2), entries("330105", 1, "99", 1),
	}
	ledger := []domain.Bucket{
		entries("330105", 1, "99", 1), entries("330106", 1, "A1", 1), entries("", 0, "", 2), entries("330106", 1, "A1", 2), entries("330102", 1, "B1", 0),
	}
	if err := domain.Reconcile(events, ledger, nameOf); err != nil {
		t.Error(err)
	}
	if err := domain.Reconcile(nil, nil, nameOf); err != nil {
		t.Errorf("an empty ledger: %v", err)
	}
}

func TestADifferenceIsNamed(t *testing.T) {
	events := []domain.Bucket{entries("330106", 1, "A1", 3), entries("330105", 2, "99", 1)}
	ledger := []domain.Bucket{entries("330106", 1, "A1", 4), entries("", 0, "", 2)}
	err := domain.Reconcile(events, ledger, nameOf)
	f := fault.As(err)
	if f == nil || f.Kind != fault.Precondition || f.Reason != "RECONCILIATION_FAILED" || len(f.Violations) != 3 {
		t.Fatalf("got %v", err)
	}
	for i, want := range []struct {
		field string
		says  []string
	}{
		{"figures.330105.2.unconfirmed", []string{"名330105", "99 未确认", "适龄无学籍", "按事件汇总为 1", "台账为 0"}},
		{"figures.330106.1.byCode.A1", []string{"名330106", "A1", "按事件汇总为 3", "台账为 4"}},
		{"figures.none.0.pending", []string{"未处理", "按事件汇总为 0", "台账为 2"}},
	} {
		v := f.Violations[i]
		if v.Field != want.field || v.Reason != "RECONCILIATION_FAILED" {
			t.Errorf("%+v, want %s", v, want.field)
		}
		for _, text := range want.says {
			if !strings.Contains(v.Message, text) {
				t.Errorf("%q does not say %q", v.Message, text)
			}
		}
	}
}

// Children that moved from one row to another leave all totals equal, and must be
// found all the same: exactly the rows that differ are named.
func TestExactlyWhatDiffersIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buckets := rapid.SliceOfNDistinct(bucket(), 2, 20, func(b domain.Bucket) string {
			return fmt.Sprint(b.County, "/", b.Source, "/", b.Code)
		}).Draw(t, "buckets")
		ledger := slices.Clone(buckets)
		var want []string
		moved := rapid.Int64Range(0, 3).Draw(t, "moved")
		if moved > 0 {
			ledger[0].Entries -= moved
			ledger[1].Entries += moved
			for _, b := range buckets[:2] {
				region, column := b.County, b.Code
				if region == "" {
					region = "none"
				}
				if key, ok := map[string]string{"": "pending", "99": "unconfirmed"}[column]; ok {
					column = key
				} else {
					column = "byCode." + column
				}
				want = append(want, fmt.Sprintf("figures.%s.%d.%s", region, b.Source, column))
			}
			slices.Sort(want)
		}
		err := domain.Reconcile(buckets, rapid.Permutation(ledger).Draw(t, "ledger"), nameOf)
		if (err == nil) != (moved == 0) {
			t.Fatalf("%d moved: %v", moved, err)
		}
		if got := violations(err); !slices.Equal(got, want) {
			t.Errorf("named %v, want %v", got, want)
		}
	})
}
