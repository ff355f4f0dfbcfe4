package rpc

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/grpc/metadata"
)

// RequestIDHeader is the metadata key, and REST header, of the request id.
const RequestIDHeader = "x-request-id"

// mostRequestID is how long an id from outside may be, in bytes.
const mostRequestID = 64

type requestIDKey struct{}

// RequestID returns the id of the request being served, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// WithRequestID returns a context whose outgoing calls carry the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// AcceptRequestID returns the id if it is fit for a log, else a new one.
func AcceptRequestID(id string) string {
	if id != "" && len(id) <= mostRequestID && strings.IndexFunc(id, unfit) < 0 {
		return id
	}
	return uuid.NewString()
}

// unfit for an id: it goes into our logs, and must not forge a line.
func unfit(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
}

func incoming(ctx context.Context, key string) string {
	if values := metadata.ValueFromIncomingContext(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}
