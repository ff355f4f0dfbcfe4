package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/lifecycle"
	"baoxue.internal/pkg/obs"
	"baoxue.internal/pkg/rpc"
)

// Service is the door of a service, as its service.go exports it.
type Service interface {
	// Register adds the service's gRPC services.
	Register(grpc.ServiceRegistrar)
	// Run works in the background until the context ends.
	Run(ctx context.Context) error
	// Refused records that a call of a known caller was refused.
	Refused(ctx context.Context, method string, err error)
	// Unavailable tells of an error whether what the service needs can't serve now.
	Unavailable(err error) bool
	// Measurements are what Prometheus is told of the service besides its calls.
	Measurements() []obs.Measurement
}

// Component serves a service at an address until the group stops.
func Component(name, address string, o rpc.ServerOptions, s Service) lifecycle.Component {
	return lifecycle.Component{Name: name, Run: func(ctx context.Context, ready func()) error {
		o.Refused, o.Unavailable = s.Refused, s.Unavailable
		watch := obs.NewWatch(name, s.Measurements(), o.Log)
		if err := o.Registerer.Register(watch); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		server, err := rpc.NewServer(o, s.Register)
		if err != nil {
			return err
		}
		listener, err := Listen(ctx, address)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return server.Serve(ctx, listener) })
		group.Go(func() error { return s.Run(ctx) })
		group.Go(func() error { return watch.Run(ctx) })
		ready()
		return group.Wait()
	}}
}

// Listen opens host:port, or unix:///path. A socket file that a killed process
// left behind is replaced; one that somebody answers on is not.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	path, unix := strings.CutPrefix(address, "unix://")
	if !unix {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listening: %w", err)
		}
		return l, nil
	}
	var d net.Dialer
	if conn, err := d.DialContext(ctx, "unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("listening on %s: somebody else is there", path), conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listening: %w", err)
	}
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}

// HTTP serves a handler at a listener until the context ends, then lets running
// requests finish for a bounded time.
func HTTP(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("stopping %s: %w", listener.Addr(), err), server.Close())
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	}
	return nil
}
