package events_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
	_ "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/events"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// nowhere keeps no facts.
type nowhere struct{ app.FactStore }

func (nowhere) Apply(context.Context, app.Facts) error { return nil }

// Reporting hears all events: one that it did not know would lie among the dead letters,
// and every figure would be in doubt.
func TestEveryEventIsKnown(t *testing.T) {
	apply, known := events.Facts(nowhere{}), 0
	protoregistry.GlobalFiles.RangeFilesByPackage("baoxue.event.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			known++
			name := string(file.Messages().Get(i).FullName())
			if err := apply(t.Context(), []bus.Event{{ID: "1", Type: name}}); err != nil {
				t.Error(err)
			}
		}
		return true
	})
	if known < 5 {
		t.Errorf("only %d events were tried", known)
	}
	if err := apply(t.Context(), []bus.Event{{ID: "1", Type: "baoxue.event.v1.Unheard"}}); err == nil {
		t.Error("an event of an unknown type is swallowed")
	}
}
