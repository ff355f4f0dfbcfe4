package rpc

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// TokenSource gives the bearer token for an outgoing call; "" sends none.
type TokenSource func(ctx context.Context) (string, error)

// AsCaller calls on in the name of whoever is being served, so that the scope is
// checked where the resource is.
func AsCaller(ctx context.Context) (string, error) { return IdentityFrom(ctx).Token, nil }

// Anonymous sends no token.
func Anonymous(context.Context) (string, error) { return "", nil }

// ClientOptions configures a connection.
type ClientOptions struct {
	// Token authenticates each call; required.
	Token TokenSource
	// Credentials secure the transport; nil only for a Unix or loopback socket.
	Credentials credentials.TransportCredentials
	// Local leads to the same server as the target when that is in this process; may be
	// nil.
	Local *Local
	// ReachWithin is how long a call waits for a connection; 0 means ten seconds.
	ReachWithin time.Duration
}

// silence is after how long without a word a client asks the server whether it is there, which has half as long
// for an answer. Servers allow it, and ask their clients less often.
const silence = 20 * time.Second

// Dial makes a connection to the instances that the target, a gRPC name such as
// dns:///ledger:9000, stands for, whose calls carry the request id and a token, and
// whose errors are faults again. It does not wait for the server; calls do, as reach says.
func Dial(target string, o ClientOptions) (*grpc.ClientConn, error) {
	if o.Credentials == nil {
		o.Credentials = insecure.NewCredentials()
	}
	o.ReachWithin = cmp.Or(o.ReachWithin, reachWithin)
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(o.Credentials),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)),
		// A server whose machine is gone without a word would be waited for by each call until its
		// deadline, for as long as the system repeats what was sent.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: silence, Timeout: silence / 2, PermitWithoutStream: true}),
		grpc.WithConnectParams(often),
		// A call that was let go (reach) does not fail at once when the connection is lost in this very
		// moment. Where a name stands for several instances each gets its share, and none that is down.
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}],"methodConfig":[{"name":[{}],"waitForReady":true}]}`),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			ctx, err := outgoing(ctx, o.Token)
			if err != nil {
				return err
			}
			return FaultFromError(o.Local.call(ctx, method, req, reply, func() error {
				if err := reach(ctx, cc, o.ReachWithin, opts); err != nil {
					return err
				}
				return invoke(ctx, method, req, reply, cc, opts...)
			}))
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			ctx, err := outgoing(ctx, o.Token)
			if err != nil {
				return nil, err
			}
			if err := reach(ctx, cc, o.ReachWithin, opts); err != nil {
				return nil, err
			}
			stream, err := open(ctx, desc, cc, method, opts...)
			if err != nil {
				return nil, FaultFromError(err)
			}
			return stream, nil
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("dialling %s: %w", target, err)
	}
	return conn, nil
}

func outgoing(ctx context.Context, source TokenSource) (context.Context, error) {
	token, err := source(ctx)
	if err != nil {
		return nil, err
	}
	pairs := make([]string, 0, 6)
	if token != "" {
		pairs = append(pairs, "authorization", "Bearer "+token)
	}
	if id := RequestID(ctx); id != "" {
		pairs = append(pairs, RequestIDHeader, id)
	}
	if address := ClientAddress(ctx); address != "" {
		pairs = append(pairs, clientAddressHeader, address)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...), nil
}
