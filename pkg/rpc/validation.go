package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/fault"
)

// validation checks the shape that the proto declares (protovalidate), for every
// message that the client sends, and that all of it can be used.
func validation(v protovalidate.Validator) layer {
	return layer{"validation", func(ctx context.Context, c *call, next func(context.Context) error) error {
		c.check = func(m proto.Message) error {
			unmet, err := demandsNotMet(v, m)
			if err != nil {
				return err
			}
			others, err := unusable(m)
			if err != nil {
				return err
			}
			return fault.FromViolations("INVALID_REQUEST", "请求格式有误", append(unmet, others...))
		}
		return next(ctx)
	}}
}

// demandsNotMet are those of the proto.
func demandsNotMet(v protovalidate.Validator, m proto.Message) (unmet []fault.Violation, err error) {
	err = v.Validate(m)
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return nil, err
	}
	for _, violation := range invalid.Violations {
		unmet = append(unmet, misshapen(protovalidate.FieldPathString(violation.Proto.GetField()), demand(violation)))
	}
	return unmet, nil
}

func misshapen(field, message string) fault.Violation {
	return fault.Violation{Field: field, Reason: "INVALID_REQUEST", Message: message}
}

// demand is what the rule that is violated asks for.
func demand(v *protovalidate.Violation) string {
	if v.RuleDescriptor == nil {
		return "须任选其一"
	}
	switch v.RuleDescriptor.Name() {
	case "required":
		return "必填"
	case "min_len", "min_items":
		if v.RuleValue.Uint() == 1 {
			return "不能为空"
		}
		return fmt.Sprintf("不得少于 %v %s", v.RuleValue, measure(v))
	case "max_len", "max_items":
		return fmt.Sprintf("不得超过 %v %s", v.RuleValue, measure(v))
	case "gte", "lte":
		return bounds(v)
	case "in":
		return "须为以下之一：" + listed(v.RuleValue.List())
	case "not_in":
		// What is ruled out is to say nothing: the zero of an enumeration.
		return "须指明"
	case "unique":
		return "不能重复"
	}
	return "格式有误"
}

// listed are the values but the empty one, which is to leave the field out.
func listed(values protoreflect.List) string {
	var texts []string
	for i := range values.Len() {
		if text := values.Get(i).String(); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "、")
}

// measure is the unit of what a rule counts.
func measure(v *protovalidate.Violation) string {
	switch v.RuleDescriptor.Parent().Name() {
	case "RepeatedRules":
		return "项"
	case "BytesRules":
		return "字节"
	}
	return "个字"
}

// bounds tells both, whichever is violated.
func bounds(v *protovalidate.Violation) string {
	low, high := bound(v, "gte"), bound(v, "lte")
	switch {
	case low == "":
		return "不得大于 " + high
	case high == "":
		return "不得小于 " + low
	}
	return fmt.Sprintf("须在 %s 到 %s 之间", low, high)
}

// bound is what the rules of the field's type have by a name, or empty.
func bound(v *protovalidate.Violation, name protoreflect.Name) string {
	all, err := protovalidate.ResolveFieldRules(v.FieldDescriptor)
	if err != nil {
		return ""
	}
	m := all.ProtoReflect()
	kind := m.WhichOneof(m.Descriptor().Oneofs().ByName("type"))
	rules := m.Get(kind).Message()
	field := rules.Descriptor().Fields().ByName(name)
	if !rules.Has(field) {
		return ""
	}
	return rules.Get(field).String()
}

// unusable are the values that no proto forbids and nothing here can use: a text with the character U+0000, which
// PostgreSQL's text can't hold and nobody types, a number that its enumeration does not have, and a time outside the years
// 1 to 9999, which could be stored and never be shown.
func unusable(m proto.Message) (found []fault.Violation, err error) {
	err = protorange.Range(m.ProtoReflect(), func(p protopath.Values) error {
		complaint := ""
		switch v := p.Index(-1).Value.Interface().(type) {
		case string:
			if strings.ContainsRune(v, 0) {
				complaint = "含有空字符（U+0000），请删去"
			}
		case protoreflect.EnumNumber:
			if enumOf(p).Values().ByNumber(v) == nil {
				complaint = "不是规定的取值"
			}
		case protoreflect.Message:
			if at, ok := v.Interface().(*timestamppb.Timestamp); ok && !at.IsValid() {
				complaint = "时间无效，须在公元 1 年到 9999 年之间"
			}
		}
		if complaint != "" {
			// The path begins with the message itself.
			found = append(found, misshapen(strings.TrimPrefix(p.Path[1:].String(), "."), complaint))
		}
		return nil
	})
	return found, err
}

// enumOf is the type of the value that the path ends at: a field's, or that of one of a list's or a map's.
func enumOf(p protopath.Values) protoreflect.EnumDescriptor {
	switch step := p.Index(-1).Step; step.Kind() {
	case protopath.ListIndexStep:
		return p.Index(-2).Step.FieldDescriptor().Enum()
	case protopath.MapIndexStep:
		return p.Index(-2).Step.FieldDescriptor().MapValue().Enum()
	default:
		return step.FieldDescriptor().Enum()
	}
}
