package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
)

// A layer goes around every call, unary or stream alike. The order of the
// layers is the security of the server; newLayers is the only place that sets it
// and a test asserts it.
type layer struct {
	name   string
	around func(ctx context.Context, c *call, next func(context.Context) error) error
}

// call is what the layers know of the call being served.
type call struct {
	method string
	stream bool
	// cause is the handler's own error, before it was made fit for the caller.
	cause error
	// check is applied to every message received.
	check func(proto.Message) error
	// identity of the caller, once authenticated.
	identity Identity
	// sendHeader passes header metadata to the client.
	sendHeader func(metadata.MD) error
}

func newLayers(o ServerOptions, r rules) ([]layer, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("protovalidate: %w", err)
	}
	return []layer{
		recovery(o.Log),
		requestID(o.TrustedPeers),
		metrics(o.Registerer),
		logging(o.Log),
		errorMapping(o.Unavailable),
		deadline(o.Deadline),
		authentication(o.Authenticator),
		accessRule(r, o.Refused),
		validation(validator),
	}, nil
}

// recovery keeps a panic of one call from ending the process. The stack goes to
// the log and nowhere else.
func recovery(log *slog.Logger) layer {
	return layer{"recovery", func(ctx context.Context, c *call, next func(context.Context) error) (err error) {
		defer func() {
			if p := recover(); p != nil {
				log.ErrorContext(ctx, "panic", "method", c.method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				err = statusFromFault(classify(fmt.Errorf("panic: %v", p)), RequestID(ctx)).Err()
			}
		}()
		return next(ctx)
	}}
}

func requestID(trusted []netip.Prefix) layer {
	return layer{"request id", func(ctx context.Context, c *call, next func(context.Context) error) error {
		ctx = WithClientAddress(ctx, clientAddress(ctx, trusted))
		id := AcceptRequestID(incoming(ctx, RequestIDHeader))
		// The client may be gone already; then it needs no header either.
		_ = c.sendHeader(metadata.Pairs(RequestIDHeader, id))
		return next(WithRequestID(ctx, id))
	}}
}

func metrics(r prometheus.Registerer) layer {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "baoxue_rpc_server_seconds",
		Help:    "Time to serve a call, by method and gRPC code.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
	}, []string{"method", "code"})
	if err := r.Register(seconds); err != nil {
		var registered prometheus.AlreadyRegisteredError
		if errors.As(err, &registered) {
			seconds = registered.ExistingCollector.(*prometheus.HistogramVec)
		}
	}
	return layer{"metrics", func(ctx context.Context, c *call, next func(context.Context) error) error {
		start := time.Now()
		err := next(ctx)
		seconds.WithLabelValues(c.method, status.Code(err).String()).Observe(time.Since(start).Seconds())
		return err
	}}
}

// logging writes one line a call. A refused caller is worth an info, our own
// failure an error; nothing of the message's content is ever logged.
func logging(log *slog.Logger) layer {
	return layer{"log", func(ctx context.Context, c *call, next func(context.Context) error) error {
		start := time.Now()
		err := next(ctx)
		code := status.Code(err)
		level := slog.LevelInfo
		switch code {
		case codes.OK:
			level = slog.LevelDebug
		case codes.Internal, codes.Unknown, codes.DataLoss:
			level = slog.LevelError
		case codes.Unavailable, codes.DeadlineExceeded:
			level = slog.LevelWarn
		default:
			// The caller was refused, rightly: nobody has to get up for it.
		}
		if !log.Enabled(ctx, level) {
			return err
		}
		attrs := []slog.Attr{
			slog.String("method", c.method), slog.String("code", code.String()),
			slog.Float64("took_ms", float64(time.Since(start).Microseconds())/1000), slog.String("request_id", RequestID(ctx)),
			slog.String("subject", c.identity.Subject),
		}
		if c.cause != nil {
			attrs = append(attrs, slog.String("error", c.cause.Error()))
		}
		log.LogAttrs(ctx, level, "call", attrs...)
		return err
	}}
}

func errorMapping(unavailable func(error) bool) layer {
	return layer{"error mapping", func(ctx context.Context, c *call, next func(context.Context) error) error {
		err := next(ctx)
		if err == nil {
			return nil
		}
		c.cause = err
		f := classify(err)
		if f.Kind == fault.Internal && unavailable != nil && unavailable(err) {
			f = unavailableFor.Because(err)
		}
		return statusFromFault(f, RequestID(ctx)).Err()
	}}
}

// deadline bounds a unary call that came without a bound of its own, so that no
// forgotten client holds a database connection for ever. A stream takes as long as
// its receiver: what it holds meanwhile must not be all that there is.
func deadline(limit time.Duration) layer {
	return layer{"deadline", func(ctx context.Context, c *call, next func(context.Context) error) error {
		if _, set := ctx.Deadline(); set || limit <= 0 || c.stream {
			return next(ctx)
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return next(ctx)
	}}
}

// Authenticator turns a bearer token into an identity, or fails with a fault.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (Identity, error)
}

// authentication accepts a call without a token as anonymous; the access rule
// decides whether that is enough. A bad token is refused even where none is
// needed: it is a client's mistake worth telling.
func authentication(a Authenticator) layer {
	return layer{"authentication", func(ctx context.Context, c *call, next func(context.Context) error) error {
		header := incoming(ctx, "authorization")
		if header == "" {
			return next(ctx)
		}
		scheme, token, ok := strings.Cut(header, " ")
		if !ok || !strings.EqualFold(scheme, "bearer") || token == "" {
			return fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "Authorization 头应为 Bearer 令牌")
		}
		id, err := a.Authenticate(ctx, token)
		if err != nil {
			return err
		}
		c.identity = id
		return next(WithIdentity(ctx, id))
	}}
}

func accessRule(r rules, refused func(ctx context.Context, method string, err error)) layer {
	return layer{"access rule", func(ctx context.Context, c *call, next func(context.Context) error) error {
		err := r.check(c.method, c.identity)
		if err == nil {
			err = next(ctx)
		}
		// Who is nobody can't be held to account, and could fill a trail.
		if refused != nil && c.identity.Subject != "" && refusedHere(err) {
			refused(ctx, c.method, err)
		}
		return err
	}}
}

// refusedHere tells a refusal of this server from one that it passes on: that
// one is known where it was made.
func refusedHere(err error) bool {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Denied {
		return false
	}
	if f.Unwrap() == nil {
		return true
	}
	_, passedOn := status.FromError(f.Unwrap())
	return !passedOn
}
