// Package bus carries events over NATS JetStream: one stream for all of Baoxue,
// so that a position in it means the same to every service.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// StreamName is the one stream; its subjects are baoxue.<service>.v1.<event>.<county>.
const StreamName = "BAOXUE_EVENTS"

const subjects = "baoxue.*.v1.>"

// duplicateWindow is how long the broker itself recognises a message id: a relay that failed tries again
// within seconds. What comes later is recognised by the consumers' own keys. Each id is kept in memory
// that long, 150 bytes of it: at a minute those of a distribution were half of all memory in use after it.
const duplicateWindow = 15 * time.Second

// Options tells how to reach the broker.
type Options struct {
	// URL of the NATS servers, comma-separated.
	URL string
	// Server connects in process, instead of URL.
	Server *Embedded
	// Credentials file, optional.
	Credentials string
	// CA, Cert and Key are PEM files for addresses that begin with tls://: the authority that signed the
	// servers' certificates, empty for the machine's, and what this client shows, if anything. They are
	// read for each connection.
	CA, Cert, Key string
	// Replicas of the stream: 1 or 3; 0 means 1. One that has fewer gets more, never fewer.
	Replicas int
	// Name of the connection, as operators see it.
	Name string
	Log  *slog.Logger
}

// Bus is a connection to the event stream.
type Bus struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	replicas int
	// batches says that the stream stores a batch with one wait for the disk.
	batches bool
	log     *slog.Logger
}

// Connect connects and makes sure that the stream exists.
func Connect(ctx context.Context, o Options) (*Bus, error) {
	options := []nats.Option{
		nats.Name(o.Name), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.RetryOnFailedConnect(false),
		// A broker whose machine is gone without a word is left within half a minute, for another.
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				o.Log.Warn("event stream disconnected", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Log.Info("event stream connected again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			o.Log.Warn("event stream", "error", err)
		}),
	}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	if strings.Contains(o.URL, "tls://") {
		if o.CA != "" {
			options = append(options, nats.RootCAs(o.CA))
		}
		if o.Cert != "" {
			options = append(options, nats.ClientCert(o.Cert, o.Key))
		}
	}
	if o.Server != nil {
		options = append(options, nats.InProcessServer(o.Server))
	}
	conn, err := nats.Connect(o.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the event stream: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(512), jetstream.WithPublishAsyncTimeout(answerWithin))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	stream, err := openStream(ctx, js, max(1, o.Replicas))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("event stream %s: %w", StreamName, err)
	}
	return &Bus{conn: conn, js: js, replicas: max(1, o.Replicas), batches: stream.CachedInfo().Config.AllowAtomicPublish, log: o.Log}, nil
}

// openStream makes the stream, or lets the one there is take batches and have as many copies.
func openStream(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.Stream, error) {
	ctx, cancel := ask(ctx)
	defer cancel()
	config := jetstream.StreamConfig{
		Name: StreamName, Subjects: []string{subjects}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		Duplicates: duplicateWindow, Replicas: replicas,
		// Figures are rebuilt from the first event: nobody may delete one.
		DenyDelete: true, DenyPurge: true,
		AllowAtomicPublish: true,
	}
	// Services start together and all ask for the stream: the first makes it.
	stream, err := js.CreateStream(ctx, config)
	if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return stream, err
	}
	if stream, err = js.Stream(ctx, StreamName); err != nil {
		return nil, err
	}
	// What else an operator has set of it stays; more copies, too.
	there := stream.CachedInfo().Config
	if there.AllowAtomicPublish && there.Replicas >= replicas {
		return stream, nil
	}
	there.AllowAtomicPublish, there.Replicas = true, max(there.Replicas, replicas)
	return js.UpdateStream(ctx, there)
}

// ErrUnavailable says that the broker can't serve now, or is not there.
var ErrUnavailable = errors.New("event stream unavailable")

// answerWithin is how long the broker may take to answer a question.
const answerWithin = 5 * time.Second

// ask bounds one question to the broker. One that was asked while the servers of a cluster have nobody who leads is
// never answered, however long the caller can wait.
func ask(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, answerWithin)
}

// stream finds the stream as it is now.
func (b *Bus) stream(ctx context.Context) (jetstream.Stream, error) {
	asking, cancel := ask(ctx)
	defer cancel()
	stream, err := b.js.Stream(asking, StreamName)
	if err != nil && notNow(err) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return stream, err
}

// Close drains and closes the connection.
func (b *Bus) Close() {
	if err := b.conn.Drain(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.conn.Close()
	}
}

// Ready reports whether the broker can be reached.
func (b *Bus) Ready() error {
	if !b.conn.IsConnected() {
		return errors.New("event stream: not connected")
	}
	return nil
}
