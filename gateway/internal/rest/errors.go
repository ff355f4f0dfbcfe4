package rest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
)

// bodyTooLarge doubles as the mark by which the error is known again after the
// JSON decoder has made text of it.
const bodyTooLarge = "请求内容过大"

// answers writes failures, all in one shape.
type answers struct{ log *slog.Logger }

// failure is google.rpc.Status with what clients look for lifted to the top.
type failure struct {
	Code            codes.Code        `json:"code"`
	Message         string            `json:"message"`
	Reason          string            `json:"reason"`
	FieldViolations []violation       `json:"fieldViolations"`
	RequestID       string            `json:"requestId"`
	Details         []json.RawMessage `json:"details"`
}

type violation struct {
	// Field is the path in the request as the client wrote it, lowerCamelCase.
	Field       string `json:"field"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
}

// rendering says how a kind of failure looks when nobody gave it words of its
// own: a transport's or a parser's text names addresses and types, and is for
// the log only.
type rendering struct {
	code            codes.Code
	reason, message string
}

var renderings = map[fault.Kind]rendering{
	fault.Internal:        {codes.Internal, "INTERNAL", "系统内部错误，请将请求编号告知运维人员"},
	fault.Invalid:         {codes.InvalidArgument, "INVALID_REQUEST", "请求格式有误"},
	fault.Unauthenticated: {codes.Unauthenticated, "UNAUTHENTICATED", "请先登录"},
	fault.Denied:          {codes.PermissionDenied, "PERMISSION_DENIED", "您的账号没有权限进行此操作"},
	fault.NotFound:        {codes.NotFound, "NOT_FOUND", "没有找到所请求的内容"},
	fault.Exists:          {codes.AlreadyExists, "ALREADY_EXISTS", "已经存在"},
	fault.Conflict:        {codes.Aborted, "ABORTED", "与其他操作冲突，请刷新后重试"},
	fault.Precondition:    {codes.FailedPrecondition, "FAILED_PRECONDITION", "当前状态下不能进行此操作"},
	fault.Exhausted:       {codes.ResourceExhausted, "RESOURCE_EXHAUSTED", "请求过多或数据过大，请稍后重试"},
	fault.Unavailable:     {codes.Unavailable, "UNAVAILABLE", "服务暂不可用，请稍后重试"},
	fault.Deadline:        {codes.DeadlineExceeded, "DEADLINE_EXCEEDED", "处理超时，请稍后重试"},
	fault.Canceled:        {codes.Canceled, "CANCELED", "请求已取消"},
	fault.Unimplemented:   {codes.Unimplemented, "UNIMPLEMENTED", "服务暂不支持此操作"},
}

// fail answers with an error of a service, of the translation, or of our own.
func (a answers) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := understand(err)
	code := renderings[f.Kind].code
	a.note(r, f, err)
	a.write(w, r, runtime.HTTPStatusFromCode(code), code, f)
}

// misrouted answers a request that no method of the contract takes.
func (a answers) misrouted(w http.ResponseWriter, r *http.Request, httpStatus int) {
	switch httpStatus {
	case http.StatusNotFound:
		a.write(w, r, httpStatus, codes.NotFound, fault.New(fault.NotFound, "NOT_FOUND", "没有这个地址"))
	case http.StatusMethodNotAllowed:
		a.write(w, r, httpStatus, codes.Unimplemented, fault.New(fault.Unimplemented, "INVALID_REQUEST", "这个地址不支持此请求方法"))
	default:
		a.fail(w, r, fault.New(fault.Invalid, "INVALID_REQUEST", renderings[fault.Invalid].message))
	}
}

// note logs what is worth an operator's look; the services log their own. What was asked for is told by
// the contract's name, not by the address: anything could be in that.
func (a answers) note(r *http.Request, f *fault.Error, err error) {
	level := slog.LevelDebug
	switch f.Kind {
	case fault.Internal:
		level = slog.LevelError
	case fault.Unavailable, fault.Deadline:
		level = slog.LevelWarn
	default:
	}
	asked := r.Pattern
	if method, ok := runtime.RPCMethod(r.Context()); ok {
		asked = method
	}
	a.log.Log(r.Context(), level, "request failed", "asked", asked, "reason", f.Reason, "error", err, "request_id", rpc.RequestID(r.Context()))
}

func (a answers) write(w http.ResponseWriter, r *http.Request, httpStatus int, code codes.Code, f *fault.Error) {
	body := failure{
		Code: code, Message: f.Message, Reason: f.Reason, RequestID: rpc.RequestID(r.Context()),
		FieldViolations: []violation{}, Details: []json.RawMessage{},
	}
	bad := &errdetails.BadRequest{}
	for _, v := range f.Violations {
		field := camelPath(v.Field)
		body.FieldViolations = append(body.FieldViolations, violation{field, v.Reason, v.Message})
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: field, Reason: v.Reason, Description: v.Message})
	}
	details := []proto.Message{&errdetails.ErrorInfo{Reason: f.Reason, Domain: rpc.ErrorDomain, Metadata: f.Metadata}}
	if len(f.Violations) > 0 {
		details = append(details, bad)
	}
	details = append(details, &errdetails.RequestInfo{RequestId: body.RequestID})
	for _, d := range details {
		if raw, err := detailJSON(d); err == nil {
			body.Details = append(body.Details, raw)
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Disposition")
	if code == codes.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if seconds := f.Metadata["retry_after_seconds"]; seconds != "" {
		h.Set("Retry-After", seconds)
	}
	w.WriteHeader(httpStatus)
	// A client that has gone needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}

func detailJSON(m proto.Message) (json.RawMessage, error) {
	packed, err := anypb.New(m)
	if err != nil {
		return nil, err
	}
	return protojson.Marshal(packed)
}

// understand makes one of our errors of any error.
func understand(err error) *fault.Error {
	f := fault.As(err)
	if f == nil {
		switch {
		case errors.Is(err, context.Canceled):
			return words(fault.Canceled, err)
		case errors.Is(err, context.DeadlineExceeded):
			return words(fault.Deadline, err)
		}
		if f = fault.As(rpc.FaultFromError(err)); f == nil {
			return words(fault.Internal, err)
		}
	}
	// A status without a reason of ours was made by a transport or a parser,
	// and rpc gave it the code's name for a reason.
	if f.Reason != "" && f.Reason != renderings[f.Kind].code.String() && f.Reason != codes.Unknown.String() {
		return f
	}
	made := words(f.Kind, err)
	if f.Kind == fault.Invalid {
		explain(made, f.Message)
	}
	return made
}

func words(kind fault.Kind, cause error) *fault.Error {
	r := renderings[kind]
	return fault.New(kind, r.reason, r.message).Because(cause)
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]{1,64})"`)
	invalidValue = regexp.MustCompile(`invalid value for \w+(?: type)? field (\w{1,64})`)
	badParameter = regexp.MustCompile(`parsing (?:field|list) "([^"]{1,64})"`)
	duplicate    = regexp.MustCompile(`duplicate field "([^"]{1,64})"`)
	syntax       = regexp.MustCompile(`syntax error|unexpected EOF|unexpected token`)
)

// explain names the field that a parser stumbled on, and nothing else of what
// the parser said.
func explain(f *fault.Error, parser string) {
	name := func(pattern *regexp.Regexp, message, description string) bool {
		m := pattern.FindStringSubmatch(parser)
		if m == nil {
			return false
		}
		f.Message = message + " " + camelPath(m[1])
		f.Violations = []fault.Violation{{Field: m[1], Reason: f.Reason, Message: description}}
		return true
	}
	switch {
	case strings.Contains(parser, bodyTooLarge):
		f.Message = bodyTooLarge
	case name(unknownField, "请求中有未知字段", "没有这个字段"):
	case name(duplicate, "请求中有重复字段", "这个字段只能出现一次"):
	case name(invalidValue, "字段格式有误", "格式有误"):
	case name(badParameter, "参数格式有误", "格式有误"):
	case syntax.MatchString(parser):
		f.Message = "请求内容不是有效的 JSON"
	}
}

// camelPath turns a path of proto names into one of JSON names.
func camelPath(path string) string {
	var b strings.Builder
	up := false
	for _, c := range path {
		switch {
		case c == '_':
			up = true
			continue
		case up && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		up = false
		b.WriteRune(c)
	}
	return b.String()
}

func tooLarge(err error) bool {
	var limit *http.MaxBytesError
	return errors.As(err, &limit)
}
