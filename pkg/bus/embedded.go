package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Embedded is a JetStream server within this process.
type Embedded struct {
	options EmbeddedOptions

	mu     sync.RWMutex
	server *server.Server
}

// EmbeddedOptions configures the embedded server.
type EmbeddedOptions struct {
	// Dir holds the stream files.
	Dir string
	// Listen is host:port for other processes ("127.0.0.1:0" picks a port);
	// empty means in-process connections only.
	Listen string
	// Host and port are read from Listen.
	Log *slog.Logger
}

// StartEmbedded starts a server with file storage. An acknowledged message is on
// the disk (SyncAlways): a power failure loses no event.
func StartEmbedded(o EmbeddedOptions) (*Embedded, error) {
	s, err := o.start()
	if err != nil {
		return nil, err
	}
	return &Embedded{options: o, server: s}, nil
}

func (o EmbeddedOptions) start() (*server.Server, error) {
	options := &server.Options{
		ServerName: "baoxue", JetStream: true, StoreDir: o.Dir, SyncAlways: true,
		DontListen: o.Listen == "", NoSigs: true, NoLog: false,
		JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 40,
	}
	if o.Listen != "" {
		host, port, err := splitHostPort(o.Listen)
		if err != nil {
			return nil, err
		}
		options.Host, options.Port = host, port
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("embedded event stream: %w", err)
	}
	s.SetLoggerV2(natsLog{o.Log.With("component", "nats")}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		s.Shutdown()
		return nil, errors.New("embedded event stream: not ready within 30 s")
	}
	return s, nil
}

func (e *Embedded) running() *server.Server {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.server
}

// URL is where other processes reach it.
func (e *Embedded) URL() string { return e.running().ClientURL() }

// InProcessConn connects without a socket, for nats.InProcessServer.
func (e *Embedded) InProcessConn() (net.Conn, error) { return e.running().InProcessConn() }

// Stop writes everything out and stops.
func (e *Embedded) Stop() { end(e.running()) }

func end(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// natsLog passes the server's log on; its notices are our debug lines.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(f string, a ...any) { l.log.Debug(text(f, a)) }
func (l natsLog) Warnf(f string, a ...any)   { l.log.Warn(text(f, a)) }
func (l natsLog) Fatalf(f string, a ...any)  { l.log.Error(text(f, a)) }
func (l natsLog) Errorf(f string, a ...any)  { l.log.Error(text(f, a)) }
func (l natsLog) Debugf(f string, a ...any)  { l.log.Debug(text(f, a)) }
func (l natsLog) Tracef(f string, a ...any)  { l.log.Debug(text(f, a)) }

func text(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
