package rest

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// queryParser reads query parameters into a request. Unlike the standard one it
// takes an enum's short names (tab=PENDING for TAB_PENDING), which the design
// fixes, and refuses unknown names: a misspelt filter must not widen a list.
type queryParser struct{}

func (queryParser) Parse(m proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	prepared := make(url.Values, len(values))
	for key, given := range values {
		field, err := findField(m.ProtoReflect().Descriptor(), key)
		if err != nil {
			return err
		}
		if field.Enum() != nil {
			given = longNames(field.Enum(), given)
		}
		prepared[key] = given
	}
	return (&runtime.DefaultQueryParser{}).Parse(m, prepared, filter)
}

func findField(message protoreflect.MessageDescriptor, key string) (protoreflect.FieldDescriptor, error) {
	var field protoreflect.FieldDescriptor
	for _, name := range strings.Split(key, ".") {
		if message != nil {
			field = message.Fields().ByJSONName(name)
			if field == nil {
				field = message.Fields().ByTextName(name)
			}
		}
		if message == nil || field == nil {
			return nil, status.Errorf(codes.InvalidArgument, "unknown field %q", key)
		}
		message = field.Message()
	}
	return field, nil
}

// longNames completes names that lack their enum's prefix.
func longNames(enum protoreflect.EnumDescriptor, given []string) []string {
	completed := make([]string, len(given))
	for i, name := range given {
		completed[i] = name
		long := protoreflect.Name(enumPrefix(enum.Name()) + name)
		if enum.Values().ByName(protoreflect.Name(name)) == nil && enum.Values().ByName(long) != nil {
			completed[i] = string(long)
		}
	}
	return completed
}

// enumPrefix is RegionLevel's REGION_LEVEL_.
func enumPrefix(name protoreflect.Name) string {
	var b strings.Builder
	for i, c := range string(name) {
		if i > 0 && unicode.IsUpper(c) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(c))
	}
	return b.String() + "_"
}
