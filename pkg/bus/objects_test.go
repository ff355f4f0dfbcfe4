package bus_test

import (
	"errors"
	"testing"
	"time"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// Who sends or fetches a file while the broker is away is told at once that it can be tried again.
func TestObjectsAreUnavailableWithoutABroker(t *testing.T) {
	ctx := testkit.Context(t)
	server, err := bus.StartEmbedded(bus.EmbeddedOptions{Dir: t.TempDir(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Connect(ctx, bus.Options{Server: server, Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	objects, err := b.Objects(ctx, "files")
	if err != nil {
		t.Fatal(err)
	}
	if err := objects.Put(ctx, "a", []byte("content")); err != nil {
		t.Fatal(err)
	}
	if _, err := objects.Get(ctx, "b"); !errors.Is(err, bus.ErrNoObject) || errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("one that is not there: %v", err)
	}
	server.Stop()
	notice := time.NewTicker(time.Millisecond)
	defer notice.Stop()
	for b.Ready() == nil {
		<-notice.C
	}
	if _, err := objects.Get(ctx, "a"); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("fetched: %v", err)
	}
	if err := objects.Put(ctx, "c", []byte("content")); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("stored: %v", err)
	}
}
