package systemtest

import (
	"bytes"
	"testing"
	"time"

	"baoxue.internal/deploy/internal/demoledger"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
)

// A change of divisions is entered, and the children follow: those of a county that ends
// in another go there, those of one that is split wait for a person, and the month closed
// before stays as it was.
func TestChildrenFollowAChangeOfDivisions(t *testing.T) {
	s := separate(t)
	province := s.overGRPC(t, "zhejiang").(overGRPC)
	var content bytes.Buffer
	if _, err := demoledger.Generate(&content, demoledger.Options{Rows: 1500, Seed: 11}); err != nil {
		t.Fatal(err)
	}
	province.importFile("台账.xlsx", content.Bytes())
	// A month that is over has its divisions for ever.
	today := now()
	last := today.AddDate(0, 0, -today.Day()).Format("2006-01")
	closed, err := province.closeMonth(last)
	if err != nil {
		t.Fatal(err)
	}
	in := func(region string) int32 {
		return province.list(&ledgerv1.ListEntriesRequest{Region: region, PageSize: 1}).GetTotalSize()
	}
	merged, into, split, queue := in("330105"), in("330106"), in("330302"), in("none")
	if merged == 0 || split == 0 {
		t.Fatal("nobody would have to move")
	}
	regions := regionv1.NewRegionServiceClient(s.dial(t, "regionauth", "zhejiang"))
	enter := func(c *regionv1.RegionChange) error {
		c.EffectiveMonth = today.Format("2006-01")
		c.Document = "国函〔2026〕测试号"
		_, err := regions.ApplyRegionChange(testkit.Context(t), &regionv1.ApplyRegionChangeRequest{Change: c})
		return err
	}
	for _, c := range []*regionv1.RegionChange{
		{Kind: regionv1.RegionChange_KIND_MERGE, FromCodes: []string{"330105"}, To: []*regionv1.ChangedRegion{{Code: "330106"}}},
		{Kind: regionv1.RegionChange_KIND_SPLIT, FromCodes: []string{"330302"}, To: []*regionv1.ChangedRegion{
			{Code: "330385", Name: "东鹿区"}, {Code: "330386", Name: "西鹿区"},
		}},
	} {
		if err := enter(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := enter(&regionv1.RegionChange{Kind: regionv1.RegionChange_KIND_RENAME, FromCodes: []string{"330105"}, To: []*regionv1.ChangedRegion{{Code: "330105", Name: "x"}}}); !fault.Is(err, "REGION_CHANGE_INVALID") {
		t.Errorf("a county that is no more is renamed: %v", err)
	}
	until(t, func() bool { return in("330105") == 0 && in("330302") == 0 })
	if got := in("330106"); got != into+merged {
		t.Errorf("%d in the county that took the others in, want %d + %d", got, into, merged)
	}
	if got := in("none"); got != queue+split {
		t.Errorf("%d wait for a person, want %d + %d", got, queue, split)
	}
	waiting := 0
	for _, e := range province.list(&ledgerv1.ListEntriesRequest{Region: "none", PageSize: 200}).GetEntries() {
		if len(e.GetSuggestions()) == 2 && e.GetSuggestions()[0].GetCountyCode() == "330385" {
			waiting++
		}
	}
	if waiting == 0 {
		t.Error("nobody who waits is offered the two new counties")
	}
	if again, err := province.closeMonth(last); err != nil || again.GetSnapshot().GetDigest() != closed.GetSnapshot().GetDigest() {
		t.Errorf("the month before changed: %v, %v", again, err)
	}
	// The new month counts everybody once, under the new divisions.
	closeAndCompare(t, province)
}

// until asks until it is so.
func until(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx := testkit.Context(t); !so(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it never became so")
		}
	}
}
