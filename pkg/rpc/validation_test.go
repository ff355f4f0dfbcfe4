package rpc

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"buf.build/go/protovalidate"
	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
	_ "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	_ "baoxue.internal/proto/gen/baoxue/ledger/v1"
	_ "baoxue.internal/proto/gen/baoxue/region/v1"
	_ "baoxue.internal/proto/gen/baoxue/reporting/v1"
	_ "baoxue.internal/proto/gen/baoxue/verification/v1"
)

func TestShapeIsValidated(t *testing.T) {
	client, _ := serve(t, nil)
	for name, c := range map[string]struct {
		asked *authv1.LoginRequest
		want  []fault.Violation
	}{
		"all at once": {&authv1.LoginRequest{}, []fault.Violation{misshapen("password", "不能为空"), misshapen("username", "不能为空")}},
		// PostgreSQL can't hold it.
		"the character zero": {&authv1.LoginRequest{Username: "a\x00b"}, []fault.Violation{
			misshapen("password", "不能为空"), misshapen("username", "含有空字符（U+0000），请删去"),
		}},
	} {
		_, err := client.Login(as(""), c.asked)
		f := fault.As(err)
		if f == nil || f.Reason != "INVALID_REQUEST" {
			t.Fatalf("%s: got %v", name, err)
		}
		slices.SortFunc(f.Violations, func(a, b fault.Violation) int { return cmp.Compare(a.Field, b.Field) })
		if diff := gocmp.Diff(c.want, f.Violations); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A number that an enumeration does not have would be taken for nothing at all.
func TestValuesOutsideAnEnumerationAreRefused(t *testing.T) {
	strange := commonv1.Level(77)
	for _, m := range []proto.Message{
		&authv1.CreateUserRequest{Level: strange},
		&authv1.CreateUserRequest{Level: commonv1.Level_LEVEL_CITY, Roles: []commonv1.Role{commonv1.Role_ROLE_CLERK, 77}},
	} {
		found, err := unusable(m)
		if err != nil || len(found) != 1 || found[0].Message != "不是规定的取值" {
			t.Errorf("%v: %v, %v", m, found, err)
		}
	}
}

// A time that no clock shows could be stored, and no answer could tell it any more.
func TestTimesOutsideTheCalendarAreRefused(t *testing.T) {
	for _, at := range []*timestamppb.Timestamp{{Seconds: math.MaxInt64}, {Seconds: math.MinInt64}, {Nanos: -1}, {Nanos: 1_000_000_000}} {
		found, err := unusable(&authv1.ServiceAccount{ExpireTime: at})
		want := []fault.Violation{misshapen("expire_time", "时间无效，须在公元 1 年到 9999 年之间")}
		if diff := gocmp.Diff(want, found); err != nil || diff != "" {
			t.Errorf("%v: %v (-want +got):\n%s", at, err, diff)
		}
	}
	if found, err := unusable(&authv1.ServiceAccount{ExpireTime: timestamppb.Now()}); err != nil || len(found) != 0 {
		t.Errorf("now: %v, %v", found, err)
	}
}

// Whatever the contract demands, a message says what is wrong, in Chinese.
func TestEveryDemandOfTheContractHasWords(t *testing.T) {
	told, fields := map[protoreflect.FullName]string{}, 0
	protoregistry.GlobalTypes.RangeMessages(func(m protoreflect.MessageType) bool {
		all := m.Descriptor().Fields()
		if m.Descriptor().ParentFile().Package().Parent().Parent() != "baoxue" {
			return true
		}
		for i := range all.Len() {
			rules, err := protovalidate.ResolveFieldRules(all.Get(i))
			if err != nil {
				t.Fatal(err)
			}
			if rules != nil {
				fields++
				demandsIn(rules.ProtoReflect(), func(rule protoreflect.FieldDescriptor, v protoreflect.Value) {
					told[rule.FullName()] = demand(&protovalidate.Violation{FieldDescriptor: all.Get(i), RuleDescriptor: rule, RuleValue: v})
				})
			}
		}
		return true
	})
	if fields < 200 {
		t.Fatalf("only %d fields with demands", fields)
	}
	for rule, words := range told {
		if shape := rule.Name() == "pattern" || rule.Name() == "uuid"; (words == "格式有误") != shape {
			t.Errorf("%s: %s", rule, words)
		}
	}
}

// demandsIn visits the rules themselves, not what they belong to: a type, or the items of a list.
func demandsIn(rules protoreflect.Message, visit func(protoreflect.FieldDescriptor, protoreflect.Value)) {
	rules.Range(func(rule protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if rule.Message() != nil {
			demandsIn(v.Message(), visit)
		} else {
			visit(rule, v)
		}
		return true
	})
}
