package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// ServerOptions configures a server. Log and Authenticator are required.
type ServerOptions struct {
	Log           *slog.Logger
	Authenticator Authenticator
	// Registerer receives the metrics; nil means a registry of its own.
	Registerer prometheus.Registerer
	// Deadline bounds a unary call without one; 0 means 30 s, below 0 none.
	Deadline time.Duration
	// Credentials secure the transport; nil only on a Unix or loopback socket.
	Credentials credentials.TransportCredentials
	// TrustedPeers may tell the address of the client that they speak for, besides
	// Unix and loopback sockets.
	TrustedPeers []netip.Prefix
	// Refused is told of every call of a known caller that the access rule or the
	// method itself refuses; may be nil.
	Refused func(ctx context.Context, method string, err error)
	// Unavailable tells of an error that nobody classified whether what the server needs, a database say,
	// can't serve now: the caller is told to come again. May be nil.
	Unavailable func(error) bool
	// MaxStop bounds a graceful stop; 0 means 10 s.
	MaxStop time.Duration
	// Local is open for calls of this process while the server serves; may be nil.
	Local *Local
}

const streamWorkers = 32

// Server is a gRPC server whose every method has an access rule.
type Server struct {
	grpc    *grpc.Server
	health  *health.Server
	layers  []layer
	methods localMethods
	opts    ServerOptions
}

// NewServer builds a server with the services that register adds. It fails when
// one of their methods declares no access rule.
func NewServer(o ServerOptions, register func(grpc.ServiceRegistrar)) (*Server, error) {
	if o.Registerer == nil {
		o.Registerer = prometheus.NewRegistry()
	}
	if o.Deadline == 0 {
		o.Deadline = 30 * time.Second
	}
	if o.MaxStop == 0 {
		o.MaxStop = 10 * time.Second
	}
	s := &Server{health: health.NewServer(), opts: o}
	options := []grpc.ServerOption{
		grpc.StatsHandler(otelgrpc.NewServerHandler()),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(4 << 20),
		// A call finds a stack that has grown already; with more calls at once each of the
		// others gets a new one.
		grpc.NumStreamWorkers(streamWorkers),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		// A client whose machine is gone would else be served, a watch for instance, for hours.
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 3 * silence, Timeout: silence}),
	}
	if o.Credentials != nil {
		options = append(options, grpc.Creds(o.Credentials))
	}
	s.grpc = grpc.NewServer(options...)
	s.methods = localMethods{s.grpc, map[string]localMethod{}}
	register(s.methods)
	healthv1.RegisterHealthServer(s.grpc, s.health)
	rules, err := collectRules(s.grpc.GetServiceInfo())
	if err == nil {
		s.layers, err = newLayers(o, rules)
	}
	if err != nil {
		// Its workers wait already.
		s.grpc.Stop()
		return nil, err
	}
	return s, nil
}

// Serve serves until the context ends, then lets running calls finish for a
// bounded time. It returns nil after an orderly stop.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.grpc.Serve(listener) }()
	if s.opts.Local != nil {
		s.opts.Local.open(s)
		defer s.opts.Local.close(s.opts.MaxStop)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.health.Shutdown()
	force := time.AfterFunc(s.opts.MaxStop, s.grpc.Stop)
	defer force.Stop()
	s.grpc.GracefulStop()
	if err := <-failed; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	}
	return nil
}

// run wraps the handler in the layers, the first layer outermost.
func (s *Server) run(ctx context.Context, c *call, handler func(context.Context) error) error {
	next := handler
	for i := len(s.layers) - 1; i >= 0; i-- {
		l, inner := s.layers[i], next
		next = func(ctx context.Context) error { return l.around(ctx, c, inner) }
	}
	return next(ctx)
}

func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	c := &call{method: info.FullMethod, sendHeader: func(md metadata.MD) error {
		if grpc.ServerTransportStreamFromContext(ctx) == nil {
			// A local call: there is no wire that a header could go over.
			return nil
		}
		return grpc.SetHeader(ctx, md)
	}}
	err = s.run(ctx, c, func(ctx context.Context) error {
		if m, ok := req.(proto.Message); ok {
			if err := c.check(m); err != nil {
				return err
			}
		}
		var err error
		resp, err = handler(ctx, req)
		return err
	})
	return resp, err
}

func (s *Server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	c := &call{method: info.FullMethod, stream: true, sendHeader: ss.SetHeader}
	return s.run(ss.Context(), c, func(ctx context.Context) error {
		return handler(srv, &checkedStream{ServerStream: ss, ctx: ctx, check: c.check})
	})
}

// checkedStream carries the layers' context and validates what it receives.
type checkedStream struct {
	grpc.ServerStream
	ctx   context.Context //nolint:containedctx // a stream is its context
	check func(proto.Message) error
}

func (s *checkedStream) Context() context.Context { return s.ctx }

func (s *checkedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if pm, ok := m.(proto.Message); ok {
		return s.check(pm)
	}
	return nil
}
