package server

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/reporting/internal/app"
)

// The page for other systems tells every event with every field.
func TestThePageOfEventsIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []protoreflect.FileDescriptor{
		eventv1.File_baoxue_event_v1_event_proto, eventv1.File_baoxue_event_v1_work_proto, eventv1.File_baoxue_event_v1_region_proto,
	} {
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			var line string
			for l := range strings.Lines(string(page)) {
				if strings.Contains(l, "`"+string(message.FullName())+"`") {
					line = l
				}
			}
			for j := range message.Fields().Len() {
				if field := message.Fields().Get(j); !strings.Contains(line, "`"+string(field.Name())+"`") {
					t.Errorf("%s: %s is not told", message.FullName(), field.Name())
				}
			}
		}
	}
}

// What is published has a payload here.
func TestEveryPublishedEventCanBeSent(t *testing.T) {
	for _, name := range app.Published {
		data, err := proto.Marshal(&eventv1.EntryRouted{EntryId: "an id"})
		if err != nil {
			t.Fatal(err)
		}
		event, err := eventProto(app.FeedEvent{ID: "1", Type: name, Data: data})
		if err != nil || event.GetPayload() == nil {
			t.Errorf("%s: %v, %v", name, event, err)
		}
	}
	if _, err := eventProto(app.FeedEvent{Type: "baoxue.event.v1.UserDisabled"}); err == nil {
		t.Error("what is not published is sent")
	}
}
