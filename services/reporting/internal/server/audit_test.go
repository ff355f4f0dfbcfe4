package server

import (
	"fmt"
	"testing"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

func TestAnExportsRecordHoldsNoNameAndNoNumber(t *testing.T) {
	r := exporting(&reportingv1.ExportEntriesRequest{Reason: "上报", Filter: &ledgerv1.EntryFilter{
		Tab: ledgerv1.Tab_TAB_PENDING, Region: "330106", Code: "B1", Name: "王明", IdNumber: "330106200901011234", Q: "李",
	}})
	if got, want := r.Region+r.Reason+fmt.Sprint(r.Details), "330106上报map[by_name:true by_number:true by_text:true code:B1 "+
		"format:EXPORT_FORMAT_UNSPECIFIED in_full:true layout:EXPORT_LAYOUT_UNSPECIFIED tab:1]"; got != want {
		t.Errorf("got %s", got)
	}
	if r := exporting(&reportingv1.ExportEntriesRequest{Filter: &ledgerv1.EntryFilter{Region: "none"}}); r.Region != "" || r.Details["queue"] != "true" {
		t.Errorf("the province's queue: %v", r)
	}
	if r := exported(3); r.Details["entries"] != "3" {
		t.Errorf("how many: %v", r)
	}
}
