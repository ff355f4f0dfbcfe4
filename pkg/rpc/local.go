package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// Local leads unary calls to a server of the same process: through the same layers as over a
// socket, but without one. While nobody serves, calls go over the socket, and wait there;
// streams always do.
//
// Nothing is shared between the two sides but what would have crossed the socket: messages are
// copied, and of a context go only its metadata, its deadline and its end.
type Local struct {
	mu     sync.Mutex
	server *Server
	calls  sync.WaitGroup
}

// open lets calls in.
func (l *Local) open(s *Server) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = s
}

// close lets no more calls in, and waits for those under way, so long at most.
func (l *Local) close(wait time.Duration) {
	l.open(nil)
	ended := make(chan struct{})
	go func() {
		l.calls.Wait()
		close(ended)
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// call serves a call here, or else over the socket.
func (l *Local) call(ctx context.Context, method string, req, reply any, remote func() error) error {
	s, leave := l.enter()
	if s == nil {
		return remote()
	}
	defer leave()
	m, known := s.methods.byName[method]
	if !known {
		return remote()
	}
	return s.invoke(ctx, m, req.(proto.Message), reply.(proto.Message))
}

// enter returns the server, nil if nobody serves, and what to do after the call.
func (l *Local) enter() (s *Server, leave func()) {
	if l == nil {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil, nil
	}
	l.calls.Add(1)
	return l.server, l.calls.Done
}

// localMethod is a method of a registered service.
type localMethod struct {
	service any
	handler grpc.MethodHandler
}

// localMethods notes the methods of what is registered.
type localMethods struct {
	grpc.ServiceRegistrar
	byName map[string]localMethod
}

// RegisterService implements grpc.ServiceRegistrar.
func (m localMethods) RegisterService(desc *grpc.ServiceDesc, service any) {
	m.ServiceRegistrar.RegisterService(desc, service)
	for _, method := range desc.Methods {
		m.byName["/"+desc.ServiceName+"/"+method.MethodName] = localMethod{service, method.Handler}
	}
}

// invoke serves a call whose outgoing metadata is the incoming of the server.
func (s *Server) invoke(ctx context.Context, m localMethod, req, reply proto.Message) error {
	served, end := detached(ctx)
	defer end()
	md, _ := metadata.FromOutgoingContext(ctx)
	decode := func(into any) error {
		proto.Merge(into.(proto.Message), req)
		return nil
	}
	resp, err := m.handler(m.service, metadata.NewIncomingContext(served, md), decode, s.unary)
	if err != nil {
		return err
	}
	proto.Merge(reply, resp.(proto.Message))
	return nil
}

// detached returns a context that ends with the other and has nothing else of it: whoever is
// being served must not be taken for the one who calls.
func detached(ctx context.Context) (served context.Context, end func()) {
	var cancel context.CancelFunc
	if deadline, set := ctx.Deadline(); set {
		served, cancel = context.WithDeadline(context.Background(), deadline)
	} else {
		served, cancel = context.WithCancel(context.Background())
	}
	stop := context.AfterFunc(ctx, func() {
		// At a deadline, which is both's, the other one ends by itself, and for that reason.
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})
	return served, func() {
		stop()
		cancel()
	}
}
