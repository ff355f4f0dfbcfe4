package rpc

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"baoxue.internal/pkg/fault"
)

// ErrorDomain is ErrorInfo.domain of every error.
const ErrorDomain = "baoxue.internal"

var codeOf = map[fault.Kind]codes.Code{
	fault.Internal:        codes.Internal,
	fault.Invalid:         codes.InvalidArgument,
	fault.Unauthenticated: codes.Unauthenticated,
	fault.Denied:          codes.PermissionDenied,
	fault.NotFound:        codes.NotFound,
	fault.Exists:          codes.AlreadyExists,
	fault.Conflict:        codes.Aborted,
	fault.Precondition:    codes.FailedPrecondition,
	fault.Exhausted:       codes.ResourceExhausted,
	fault.Unavailable:     codes.Unavailable,
	fault.Deadline:        codes.DeadlineExceeded,
	fault.Canceled:        codes.Canceled,
	fault.Unimplemented:   codes.Unimplemented,
}

var kindOf = func() map[codes.Code]fault.Kind {
	m := make(map[codes.Code]fault.Kind, len(codeOf))
	for k, c := range codeOf {
		m[c] = k
	}
	return m
}()

// unavailableFor is what a caller is told of what may serve later.
var unavailableFor = fault.New(fault.Unavailable, "UNAVAILABLE", "服务暂不可用，请稍后重试")

// classify turns any error of a handler into a fault. What nobody classified
// becomes INTERNAL without a word about its cause.
func classify(err error) *fault.Error {
	if f := fault.As(err); f != nil {
		return f
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Deadline, "DEADLINE_EXCEEDED", "处理超时，请稍后重试").Because(err)
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "CANCELED", "请求已取消").Because(err)
	}
	// A stream that broke under the handler comes back as a status.
	if s, ok := status.FromError(err); ok && s.Code() != codes.Unknown {
		return faultFromStatus(s)
	}
	return fault.New(fault.Internal, "INTERNAL", "系统内部错误，请将请求编号告知运维人员").Because(err)
}

// statusFromFault renders a fault for the wire: ErrorInfo with the reason, the
// field violations, the request id.
func statusFromFault(f *fault.Error, requestID string) *status.Status {
	code, ok := codeOf[f.Kind]
	if !ok {
		code = codes.Internal
	}
	s := status.New(code, f.Message)
	info := &errdetails.ErrorInfo{Reason: f.Reason, Domain: ErrorDomain, Metadata: f.Metadata}
	if with, err := s.WithDetails(info); err == nil {
		s = with
	}
	if len(f.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range f.Violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
				Field: v.Field, Reason: v.Reason, Description: v.Message,
			})
		}
		if with, err := s.WithDetails(bad); err == nil {
			s = with
		}
	}
	if requestID != "" {
		if with, err := s.WithDetails(&errdetails.RequestInfo{RequestId: requestID}); err == nil {
			s = with
		}
	}
	return s
}

// FaultFromError reads a fault back out of an error that a client got. Of an error that is one already, as a
// connection of Dial returns it, there is nothing to be read.
func FaultFromError(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	return faultFromStatus(s).Because(err)
}

func faultFromStatus(s *status.Status) *fault.Error {
	kind, ok := kindOf[s.Code()]
	if !ok {
		kind = fault.Internal
	}
	f := fault.New(kind, s.Code().String(), s.Message())
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			f.Reason, f.Metadata = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				f.Violations = append(f.Violations, fault.Violation{Field: v.GetField(), Reason: v.GetReason(), Message: v.GetDescription()})
			}
		}
	}
	if f.Reason == codes.Unavailable.String() {
		// The transport's own words name addresses; they are for the log.
		f.Reason, f.Message = unavailableFor.Reason, unavailableFor.Message
	}
	return f
}
