package selection_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/proto/selection"
)

func TestAListIsNarrowedDownByEveryCondition(t *testing.T) {
	filter := (&ledgerv1.EntryFilter{}).ProtoReflect()
	fields := filter.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case field.IsList():
			filter.Mutable(field).List().Append(protoreflect.ValueOfString(string(field.Name())))
		case field.Kind() == protoreflect.EnumKind:
			filter.Set(field, protoreflect.ValueOfEnum(1))
		default:
			filter.Set(field, protoreflect.ValueOfString(string(field.Name())))
		}
	}
	asked := selection.List(filter.Interface().(*ledgerv1.EntryFilter)).ProtoReflect()
	for i := range fields.Len() {
		field := fields.Get(i)
		if same := asked.Descriptor().Fields().ByName(field.Name()); same == nil || !asked.Get(same).Equal(filter.Get(field)) {
			t.Errorf("a list is not narrowed down by %s", field.Name())
		}
	}
}
