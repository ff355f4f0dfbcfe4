package systemtest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"baoxue.internal/pkg/fault"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
)

// oddIsRefused sends every method what no screen sends, over REST where it has a place there: each
// field of a request in turn is odd, and the others are as they might be. None fails inside, and whoever is
// refused reads why in Chinese.
func (m *matrix) oddIsRefused(t *testing.T) {
	entry := m.entryOf(t, "330106")
	sent, refused := 0, 0
	for _, call := range m.methods {
		if slices.Equal(rule(call).GetScopes(), []string{"internal"}) && len(rule(call).GetLevels()) == 0 {
			// Baoxue's own services send what they mean, and a mistake in it is for the operator.
			continue
		}
		who, ok := m.mayCall(call)
		if !ok {
			t.Errorf("nobody may call %s", call.FullName())
			continue
		}
		for _, leaf := range leaves(call.Input(), nil) {
			for _, odd := range oddities(leaf[len(leaf)-1]) {
				request := dynamicpb.NewMessage(call.Input())
				furnish(request, entry, 0)
				set(request, leaf, odd)
				sent++
				err := m.anyway(t, call, who.token(), request)
				if err != nil {
					refused++
				}
				if complaint := unsound(err); complaint != "" {
					t.Errorf("%s, as %s, with %s = %.60q: %s", call.FullName(), who.name, dotted(leaf), fmt.Sprint(odd), complaint)
				}
			}
		}
	}
	t.Logf("%d requests, %d refused", sent, refused)
	if sent < 1000 || refused == 0 || refused == sent {
		t.Errorf("%d of %d requests were refused: this proves nothing", refused, sent)
	}
}

// mayCall is somebody whom a method's rule allows: a county's person, for whom the entries are, if any.
func (m *matrix) mayCall(call protoreflect.MethodDescriptor) (caller, bool) {
	for _, level := range []commonv1.Level{commonv1.Level_LEVEL_COUNTY, commonv1.Level_LEVEL_PROVINCE, commonv1.Level_LEVEL_UNSPECIFIED} {
		i := slices.IndexFunc(m.callers, func(c caller) bool { return !c.bad && c.identity.Level == level && allows(rule(call), c.identity) })
		if i >= 0 {
			return m.callers[i], true
		}
	}
	return caller{}, false
}

// unsound is what is wrong with an answer, whatever was asked; empty when nothing is.
func unsound(err error) string {
	f := fault.As(err)
	switch {
	case err == nil:
		return ""
	case f == nil || f.Reason == "INTERNAL" || f.Kind == fault.Unimplemented:
		return fmt.Sprintf("failed: %v", err)
	case !chinese(f.Message):
		return fmt.Sprintf("refused by %q", f.Message)
	}
	for _, v := range f.Violations {
		if v.Field == "" || !chinese(v.Message) {
			return fmt.Sprintf("told %+v", v)
		}
	}
	return ""
}

// chinese tells whether a text is for a clerk and not from a library.
func chinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && !strings.Contains(text, "rpc error")
}

var (
	oddTexts = []string{
		"", " ", "\x00", "\u200b", "\u202e\ufeff", "%", "' OR 1=1 --", "-1", "99999999999999999999", "2019-02-30", "0000-00", "+010000-01-01",
		"330199", "\u2028", "\U0001F469\u200d\U0001F467", "a/b?c=d#e", "{}", strings.Repeat("长", 5000), "018f0000-0000-7000-8000-000000000000",
	}
	oddNumbers = []int64{0, -1, 1, math.MaxInt32, math.MinInt32, 77, math.MaxInt64, math.MinInt64}
	oddReals   = []float64{0, -1, math.NaN(), math.Inf(1), math.MaxFloat64, 1e-300}
)

func oddities(f protoreflect.FieldDescriptor) (values []protoreflect.Value) {
	switch f.Kind() {
	case protoreflect.StringKind:
		for _, s := range oddTexts {
			values = append(values, protoreflect.ValueOfString(s))
		}
	case protoreflect.BytesKind:
		for _, s := range oddTexts {
			values = append(values, protoreflect.ValueOfBytes([]byte(s)))
		}
	case protoreflect.Int32Kind:
		for _, n := range oddNumbers {
			values = append(values, protoreflect.ValueOfInt32(int32(n))) //nolint:gosec // what is cut off leaves a number as odd
		}
	case protoreflect.EnumKind:
		for _, n := range oddNumbers {
			values = append(values, protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))) //nolint:gosec // as above
		}
	case protoreflect.Int64Kind:
		for _, n := range oddNumbers {
			values = append(values, protoreflect.ValueOfInt64(n))
		}
	case protoreflect.DoubleKind:
		for _, x := range oddReals {
			values = append(values, protoreflect.ValueOfFloat64(x))
		}
	case protoreflect.BoolKind:
		values = append(values, protoreflect.ValueOfBool(true), protoreflect.ValueOfBool(false))
	default:
		panic("no odd values are known of kind " + f.Kind().String())
	}
	return values
}
