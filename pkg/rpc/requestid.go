package rpc

import (
	"context"
	"regexp"

	"github.com/google/uuid"
	"google.golang.org/grpc/metadata"
)

// RequestIDHeader is the metadata key, and REST header, of the request id.
const RequestIDHeader = "x-request-id"

// A request id from outside goes into our logs: only what can't forge a line is
// taken over.
var requestIDShape = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

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
	if requestIDShape.MatchString(id) {
		return id
	}
	return uuid.NewString()
}

func incoming(ctx context.Context, key string) string {
	if values := metadata.ValueFromIncomingContext(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}
