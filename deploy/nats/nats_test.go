// Package nats_test holds the server's configuration to what it says of other systems.
package nats_test

import (
	"context"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// start runs the server of the configuration, but for where it listens and stores.
func start(t *testing.T) (address string) {
	t.Helper()
	t.Setenv("BAOXUE_NATS_PASSWORD", "one")
	t.Setenv("UPLOAD_NATS_PASSWORD", "two")
	options, err := server.ProcessConfigFile("baoxue.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !options.JetStream || !options.SyncAlways {
		t.Error("an acknowledged event is not on the disk")
	}
	options.Host, options.Port, options.StoreDir, options.NoSigs = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	at, err := url.Parse(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	return at.Host
}

// as connects as a user, with the inbox that the configuration gives it.
func as(t *testing.T, address, user, password string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect("nats://"+address, nats.UserInfo(user, password), nats.CustomInboxPrefix("_INBOX_"+user), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// Another system reads what it may, at its own pace and again, and can change nothing.
func TestAnotherSystemOnlyReads(t *testing.T) {
	ctx := testkit.Context(t)
	address := start(t)
	own, err := bus.Connect(ctx, bus.Options{URL: "nats://baoxue:one@" + address, Name: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	inside := as(t, address, "baoxue", "one")
	for _, subject := range []string{"baoxue.ledger.v1.entry_routed.330106", "baoxue.regionauth.v1.user_disabled.330106"} {
		if _, err := inside.Publish(ctx, subject, []byte("event")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := inside.CreateConsumer(ctx, bus.StreamName, jetstream.ConsumerConfig{Durable: "reporting-facts", AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
		t.Fatal(err)
	}

	upload := as(t, address, "upload", "two")
	ours := jetstream.ConsumerConfig{Durable: "upload-ledger", FilterSubject: "baoxue.ledger.v1.>", AckPolicy: jetstream.AckExplicitPolicy}
	consumer, err := upload.CreateOrUpdateConsumer(ctx, bus.StreamName, ours)
	if err != nil {
		t.Fatal(err)
	}
	m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
	if err != nil || m.Subject() != "baoxue.ledger.v1.entry_routed.330106" || m.DoubleAck(ctx) != nil {
		t.Fatalf("got %v, %v", m, err)
	}

	for what, try := range map[string]func(context.Context) error{
		"publish": func(ctx context.Context) error {
			_, err := upload.Publish(ctx, "baoxue.ledger.v1.entry_routed.330106", []byte("forged"))
			return err
		},
		"read whom a region disabled": func(ctx context.Context) error {
			_, err := upload.CreateOrUpdateConsumer(ctx, bus.StreamName, jetstream.ConsumerConfig{Durable: "upload-ledger", FilterSubject: "baoxue.regionauth.v1.>"})
			return err
		},
		"read everything": func(ctx context.Context) error {
			_, err := upload.CreateOrUpdateConsumer(ctx, bus.StreamName, jetstream.ConsumerConfig{Durable: "upload-ledger"})
			return err
		},
		"read reporting's": func(ctx context.Context) error {
			c, err := upload.Consumer(ctx, bus.StreamName, "reporting-facts")
			if err == nil {
				_, err = c.Next(jetstream.FetchMaxWait(time.Second))
			}
			return err
		},
		"end reporting's": func(ctx context.Context) error { return upload.DeleteConsumer(ctx, bus.StreamName, "reporting-facts") },
		"end the stream":  func(ctx context.Context) error { return upload.DeleteStream(ctx, bus.StreamName) },
		"make a stream": func(ctx context.Context) error {
			_, err := upload.CreateStream(ctx, jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other.>"}})
			return err
		},
	} {
		within, cancel := context.WithTimeout(ctx, time.Second)
		if err := try(within); err == nil {
			t.Errorf("it could %s", what)
		}
		cancel()
	}
	stream, err := inside.Stream(ctx, bus.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := stream.Info(ctx); err != nil || info.State.Msgs != 2 || info.State.Consumers != 2 {
		t.Errorf("afterwards: %+v, %v", info.State, err)
	}
}
