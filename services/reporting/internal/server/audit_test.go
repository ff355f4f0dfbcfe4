package server

import (
	"fmt"
	"reflect"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// set gives a field of a filter some value.
func set(t *testing.T, filter protoreflect.Message, field protoreflect.FieldDescriptor) {
	t.Helper()
	switch {
	case field.IsList():
		filter.Mutable(field).List().Append(protoreflect.ValueOfString("ONE"))
	case field.Kind() == protoreflect.StringKind:
		filter.Set(field, protoreflect.ValueOfString("one"))
	case field.Kind() == protoreflect.EnumKind:
		filter.Set(field, protoreflect.ValueOfEnum(1))
	default:
		t.Fatalf("%s is a %s", field.Name(), field.Kind())
	}
}

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
	// Nothing that narrows an export down is left out of its record: it would seem to be of more children than it was.
	unset := exporting(&reportingv1.ExportEntriesRequest{Filter: &ledgerv1.EntryFilter{}})
	fields := (&ledgerv1.EntryFilter{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := &ledgerv1.EntryFilter{}
		set(t, f.ProtoReflect(), fields.Get(i))
		if r := exporting(&reportingv1.ExportEntriesRequest{Filter: f}); reflect.DeepEqual(r, unset) {
			t.Errorf("nothing is told of %s", fields.Get(i).Name())
		}
	}
	if r := exported(3); r.Details["entries"] != "3" {
		t.Errorf("how many: %v", r)
	}
}
