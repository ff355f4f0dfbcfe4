package server

import (
	"fmt"
	"testing"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

func TestAnExportsRecordHoldsNoNameAndNoNumber(t *testing.T) {
	r := exported(&ledgerv1.EntryFilter{
		Tab: ledgerv1.Tab_TAB_PENDING, Region: "330106", Code: "B1", Name: "王明", IdNumber: "330106200901011234", Q: "李",
	}, 7)
	if got, want := r.Region+fmt.Sprint(r.Details), "330106map[by_name:true by_number:true by_text:true code:B1 entries:7 tab:1]"; got != want {
		t.Errorf("got %s", got)
	}
	if r := exported(&ledgerv1.EntryFilter{Region: "none"}, 0); r.Region != "" || r.Details["queue"] != "true" {
		t.Errorf("the province's queue: %v", r)
	}
	if r := exported(nil, 3); r.Details["entries"] != "3" {
		t.Errorf("everything: %v", r)
	}
}
