package systemtest

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"baoxue.internal/pkg/bus"
)

// brokerDir and brokerAddress make of this test program a broker, which can then be killed alone.
const (
	brokerDir     = "BAOXUE_TEST_BROKER_DIR"
	brokerAddress = "BAOXUE_TEST_BROKER_ADDRESS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(brokerDir); dir != "" {
		serveBroker(dir, os.Getenv(brokerAddress))
		return
	}
	if dir := os.Getenv(memberDir); dir != "" {
		serveMember(dir)
		return
	}
	withShelf(m)
}

func serveBroker(dir, address string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	broker, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: dir, Listen: address, Log: quiet})
	if err != nil {
		panic(err)
	}
	<-ctx.Done()
	broker.Stop()
}

// broker is one within the test.
func broker(t *testing.T) *bus.Embedded {
	t.Helper()
	b, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: openTemp(t), Listen: "127.0.0.1:0", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
}
