// Package fault is Baoxue's one error type. An error is given its kind and
// reason once, where it is understood, and rendered once, at the edge of a
// server (pkg/rpc).
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of failure it is; it maps one to one to a gRPC code.
type Kind uint8

// The kinds. Internal is the zero value on purpose: what nobody classified is
// nobody's fault but ours.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Denied
	NotFound
	Exists
	Conflict
	Precondition
	Exhausted
	Unavailable
	Deadline
	Canceled
	Unimplemented
)

// Violation is one violated rule at one field.
type Violation struct {
	// Field is the path in the request, in the proto's snake_case with dots,
	// e.g. "enrolled.school_region".
	Field string
	// Reason is an ErrorReason name without its prefix, e.g. "REQUIRED".
	Reason string
	// Message tells the user, in Chinese, what to write.
	Message string
}

// Error is a classified failure. Everything but the cause may be shown to the
// caller; the cause is for the log only.
type Error struct {
	Kind       Kind
	Reason     string
	Message    string
	Violations []Violation
	Metadata   map[string]string
	cause      error
}

// New makes an error of a kind with a machine-readable reason and a message for
// the user.
func New(kind Kind, reason, message string) *Error {
	return &Error{Kind: kind, Reason: reason, Message: message}
}

// Newf is New with a formatted message.
func Newf(kind Kind, reason, format string, args ...any) *Error {
	return New(kind, reason, fmt.Sprintf(format, args...))
}

// FromViolations returns nil when nothing was violated, so that a rule set can
// end with it.
func FromViolations(reason, message string, violations []Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Reason: reason, Message: message, Violations: violations}
}

// Because returns a copy with a private cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// With returns a copy with one more metadata pair.
func (e *Error) With(key, value string) *Error {
	c := *e
	c.Metadata = make(map[string]string, len(e.Metadata)+1)
	for k, v := range e.Metadata {
		c.Metadata[k] = v
	}
	c.Metadata[key] = value
	return &c
}

// Error is for logs: it includes the private cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Reason)
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	for _, v := range e.Violations {
		fmt.Fprintf(&b, "; %s: %s", v.Field, v.Reason)
	}
	if e.cause != nil {
		b.WriteString(": ")
		b.WriteString(e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// As returns the classified error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether err is classified with the reason.
func Is(err error, reason string) bool {
	e := As(err)
	return e != nil && e.Reason == reason
}
