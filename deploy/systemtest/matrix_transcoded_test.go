package systemtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// anyway sends a request over REST, or over gRPC where that has no place for the call or for the value.
func (m *matrix) anyway(t *testing.T, call protoreflect.MethodDescriptor, raw string, request proto.Message) error {
	t.Helper()
	method, path, body, ok := transcoded(call, request)
	if !ok {
		return m.overGRPC(t, call, raw, request)
	}
	c := overREST{t: t, base: m.system.http, token: raw}
	var content io.Reader
	contentType := ""
	if body != "" {
		content, contentType = strings.NewReader(body), "application/json"
	}
	_, err := c.do(method, path, contentType, content)
	return err
}

// transcoded is a request by the REST interface: in its path, in its body and in its query.
func transcoded(call protoreflect.MethodDescriptor, request proto.Message) (method, path, body string, ok bool) {
	h, _ := proto.GetExtension(call.Options(), annotations.E_Http).(*annotations.HttpRule)
	if method, path, ok = pattern(h); !ok {
		return "", "", "", false
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(request)
	if err != nil {
		return "", "", "", false
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", "", "", false
	}
	path = pathParameter.ReplaceAllStringFunc(path, func(name string) string {
		return url.PathEscape(fmt.Sprint(taken(fields, strings.Split(strings.Trim(name, "{}"), "."))))
	})
	switch h.GetBody() {
	case "":
	case "*":
		text, err = json.Marshal(fields)
		body, fields = string(text), nil
	default:
		text, err = json.Marshal(fields[h.GetBody()])
		body = string(text)
		delete(fields, h.GetBody())
	}
	query := url.Values{}
	flatten(query, "", fields)
	if encoded := query.Encode(); encoded != "" {
		path += "?" + encoded
	}
	return method, path, body, err == nil
}

func pattern(h *annotations.HttpRule) (method, path string, ok bool) {
	switch p := h.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get, true
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post, true
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch, true
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete, true
	}
	return "", "", false
}

// taken is the value of a field, which is no longer among the fields.
func taken(fields map[string]any, way []string) any {
	for _, name := range way[:len(way)-1] {
		fields, _ = fields[name].(map[string]any)
	}
	last := way[len(way)-1]
	value, ok := fields[last]
	delete(fields, last)
	if !ok {
		return ""
	}
	return value
}

func flatten(into url.Values, before string, fields map[string]any) {
	for name, value := range fields {
		switch v := value.(type) {
		case map[string]any:
			flatten(into, before+name+".", v)
		case []any:
			for _, one := range v {
				into.Add(before+name, fmt.Sprint(one))
			}
		default:
			into.Add(before+name, fmt.Sprint(v))
		}
	}
}
