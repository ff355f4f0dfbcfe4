package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
)

// reachWithin is how long a call waits for a connection: a service that is started again is back within seconds, and
// who waits for one that is not wants to be told so.
const reachWithin = 10 * time.Second

// often is how a server that is away is looked for. By gRPC's own rule it would be found up to two minutes after it
// is back.
var often = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
	MinConnectTimeout: reachWithin,
}

// reach waits until there is a connection to some instance; without one the service is unavailable, however little time
// the caller had. Who asked not to wait (grpc.WaitForReady) does not.
func reach(ctx context.Context, conn *grpc.ClientConn, within time.Duration, opts []grpc.CallOption) error {
	state := conn.GetState()
	if state == connectivity.Ready || slices.ContainsFunc(opts, failsFast) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for ; state != connectivity.Ready; state = conn.GetState() {
		if state == connectivity.Idle {
			conn.Connect()
		}
		if !conn.WaitForStateChange(waiting, state) {
			if err := ctx.Err(); errors.Is(err, context.Canceled) {
				return classify(err)
			}
			return unavailableFor.Because(fmt.Errorf("no connection to %s: %w", conn.Target(), waiting.Err()))
		}
	}
	return nil
}

func failsFast(o grpc.CallOption) bool {
	f, ok := o.(grpc.FailFastCallOption)
	return ok && f.FailFast
}
