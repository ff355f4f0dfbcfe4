package systemtest

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// leaf is the way to a field that has a value of its own.
type leaf []protoreflect.FieldDescriptor

func dotted(l leaf) string {
	names := make([]string, 0, len(l))
	for _, f := range l {
		names = append(names, string(f.Name()))
	}
	return strings.Join(names, ".")
}

// deepest is how far requests are looked into.
const deepest = 5

func leaves(d protoreflect.MessageDescriptor, way leaf) (all []leaf) {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		to := append(slices.Clone(way), f)
		switch {
		case f.Message() == nil:
			all = append(all, to)
		case len(to) < deepest:
			all = append(all, leaves(f.Message(), to)...)
		}
	}
	return all
}

// set gives a field a value, in the first element of each list on the way.
func set(m protoreflect.Message, way leaf, value protoreflect.Value) {
	for _, f := range way[:len(way)-1] {
		m = within(m, f)
	}
	last := way[len(way)-1]
	if !last.IsList() {
		m.Set(last, value)
		return
	}
	list := m.NewField(last).List()
	list.Append(value)
	m.Set(last, protoreflect.ValueOfList(list))
}

func within(m protoreflect.Message, f protoreflect.FieldDescriptor) protoreflect.Message {
	if !f.IsList() {
		return m.Mutable(f).Message()
	}
	list := m.Mutable(f).List()
	if list.Len() == 0 {
		list.Append(list.NewElement())
	}
	return list.Get(0).Message()
}

// furnish gives each field what it might have, and of those that exclude one another the first.
func furnish(m protoreflect.Message, entry string, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() && m.WhichOneof(one) != nil {
			continue
		}
		switch {
		case f.Message() == nil:
			if value := likely(f, entry); value.String() != "" {
				set(m, leaf{f}, value)
			}
		case depth < deepest-1:
			furnish(within(m, f), entry, depth+1)
		}
	}
}

// likelyTexts are what fields might have whose names have such a part; the first that fits.
var likelyTexts = []struct{ part, text string }{
	{"page_token", ""},
	{"cursor", ""},
	{"order_by", ""},
	{"flags", ""},
	{"tags", ""},
	{"responsible", ""},
	{"as_of", ""},
	{"next_date", soon},
	{"due_on", soon},
	{"date", "2026-11-20"},
	{"found_", "2026-11-20"},
	{"valid_from", "2026-11-20"},
	{"month", "2026-11"},
	{"region", "330106"},
	{"county", "330106"},
}

var soon = time.Now().AddDate(0, 0, 10).Format(time.DateOnly)

// likely is a value that a field of that name might have.
func likely(f protoreflect.FieldDescriptor, entry string) protoreflect.Value {
	name := string(f.Name())
	switch f.Kind() {
	case protoreflect.StringKind:
		for _, l := range likelyTexts {
			if strings.Contains(name, l.part) {
				return protoreflect.ValueOfString(l.text)
			}
		}
		switch {
		case name == "id", strings.HasSuffix(name, "_id"), strings.HasSuffix(name, "_ids"):
			return protoreflect.ValueOfString(entry)
		case name == "code":
			return protoreflect.ValueOfString("B2")
		}
		return protoreflect.ValueOfString("说明")
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("x"))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	default:
		return f.Default()
	}
}
