package pg

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes that services act on.
const (
	CodeNotNullViolation     = "23502"
	CodeForeignKeyViolation  = "23503"
	CodeUniqueViolation      = "23505"
	CodeCheckViolation       = "23514"
	CodeExclusionViolation   = "23P01"
	CodeSerializationFailure = "40001"
	CodeDeadlockDetected     = "40P01"
	CodeLockNotAvailable     = "55P03"
	CodeQueryCanceled        = "57014"

	// What a server tells that was the primary.
	codeReadOnly = "25006"
	// Classes of codes. That of a shutdown has a cancelled query, too, but for one digit.
	classConnection = "08"
	classResources  = "53"
	classShutdown   = "57P"
)

// Code is the SQLSTATE of the error from PostgreSQL that err wraps; empty if there is none.
func Code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// Constraint names the constraint that err tells was violated; empty if it tells of none.
func Constraint(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName
	}
	return ""
}

// IsUniqueViolation tells whether err is a violation of the named unique constraint or index; an
// empty name stands for any.
func IsUniqueViolation(err error, constraint string) bool {
	return violates(err, CodeUniqueViolation, constraint)
}

// IsForeignKeyViolation tells whether err is a violation of the named foreign key; an empty name
// stands for any.
func IsForeignKeyViolation(err error, constraint string) bool {
	return violates(err, CodeForeignKeyViolation, constraint)
}

// IsCheckViolation tells whether err is a violation of the named check; an empty name stands for
// any.
func IsCheckViolation(err error, constraint string) bool {
	return violates(err, CodeCheckViolation, constraint)
}

// IsRetryable tells whether PostgreSQL rolled the transaction back only because of others, so that
// it may succeed when it is tried again.
func IsRetryable(err error) bool {
	code := Code(err)
	return code == CodeSerializationFailure || code == CodeDeadlockDetected
}

// IsUnavailable tells whether err says that PostgreSQL can't be reached or can't serve now, whatever is asked: it
// is being restarted, another takes over from it, or it is short of connections, memory or disk. Later it may.
func IsUnavailable(err error) bool {
	code := Code(err)
	switch {
	case code == codeReadOnly, strings.HasPrefix(code, classConnection), strings.HasPrefix(code, classResources), strings.HasPrefix(code, classShutdown):
		return true
	case code != "":
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	// The connection broke under the question, or had before it.
	_, broken := errors.AsType[*net.OpError](err)
	return broken || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// IsNoRows tells whether err says that a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

func violates(err error, code, constraint string) bool {
	return Code(err) == code && (constraint == "" || Constraint(err) == constraint)
}
