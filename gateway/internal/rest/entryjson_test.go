package rest

import (
	"bytes"
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// anyMessage fills every field of a message, also those that somebody adds later.
func anyMessage(t *rapid.T, m protoreflect.Message) {
	if at, ok := m.Interface().(*timestamppb.Timestamp); ok {
		at.Seconds = rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds")
		at.Nanos = rapid.SampledFrom([]int32{0, 5_000_000, 120_000, 999_999_999}).Draw(t, "nanos")
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if rapid.IntRange(0, 9).Draw(t, "left out") == 0 {
			continue
		}
		switch {
		case f.IsMap():
			for range rapid.IntRange(0, 3).Draw(t, "columns") {
				m.Mutable(f).Map().Set(protoreflect.ValueOfString(anyText(t)).MapKey(), protoreflect.ValueOfString(anyText(t)))
			}
		case f.IsList():
			for range rapid.IntRange(0, 3).Draw(t, "items") {
				if f.Message() != nil {
					item := m.Mutable(f).List().AppendMutable()
					anyMessage(t, item.Message())
					continue
				}
				m.Mutable(f).List().Append(anyValue(t, f))
			}
		case f.Message() != nil:
			anyMessage(t, m.Mutable(f).Message())
		default:
			m.Set(f, anyValue(t, f))
		}
	}
}

func anyText(t *rapid.T) string {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"王明", "\"\\\b\f\n\r\t\x00\x1f\x7f", "<a>&'\u2028", "\U0001F600"})).Draw(t, "text")
}

func anyValue(t *rapid.T, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(anyText(t))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "set"))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "number"))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32Range(0, 9).Draw(t, "enum")))
	default:
		t.Fatalf("%s is of a kind that the list has never had: %s", f.FullName(), f.Kind())
		return protoreflect.Value{}
	}
}

func TestAListOfEntriesIsWrittenAsEverythingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := &ledgerv1.ListEntriesResponse{}
		anyMessage(t, list.ProtoReflect())
		want, err := marshaler.JSONPb.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		got, err := marshaler.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		// The general one puts spaces where it likes.
		var compact bytes.Buffer
		if err := json.Compact(&compact, want); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("got\n%s\nwant\n%s", got, compact.Bytes())
		}
		again := &ledgerv1.ListEntriesResponse{}
		if err := marshaler.Unmarshal(got, again); err != nil || !proto.Equal(list, again) {
			t.Fatalf("read again it is another: %v", err)
		}
	})
}

func TestAListThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, e := range []*ledgerv1.Entry{
		{PersonName: "\xff"}, {Flags: []string{"\xc0"}}, {ExtraColumns: map[string]string{"a": "\xff"}}, {CreateTime: &timestamppb.Timestamp{Nanos: -1}},
	} {
		list := &ledgerv1.ListEntriesResponse{Entries: []*ledgerv1.Entry{e}}
		if text, err := marshaler.Marshal(list); err == nil {
			t.Errorf("written as %s", text)
		}
	}
}

func BenchmarkListOfEntries(b *testing.B) {
	list := &ledgerv1.ListEntriesResponse{TotalSize: 12_000, NextPageToken: "token"}
	for range 50 {
		list.Entries = append(list.Entries, &ledgerv1.Entry{
			Id: "0197f7d0-0000-7000-8000-000000000001", SerialNumber: "17", PersonName: "王小明", BirthDate: "2010-03-07", IdNumber: "330106********1234",
			HouseholdPlace: "浙江省杭州市西湖区", HomeAddress: "浙江省杭州市西湖区********", InSchool: "否", Source: ledgerv1.Source_SOURCE_NATIONAL_SUSPECTED,
			RegionCode: "330106", CountyCode: "330106", Status: ledgerv1.Status_PENDING, CreateTime: timestamppb.Now(), UpdateTime: timestamppb.Now(),
			RoutingReason: "REGION_CURRENT", DueOn: "2019-07-31", DueKind: "PENDING", Duty: "NONE",
		})
	}
	for name, write := range map[string]func(any) ([]byte, error){"own": marshaler.Marshal, "reflected": marshaler.JSONPb.Marshal} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := write(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
