package events

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/services/reporting/internal/app"
)

// WebhooksDurable is the name of the consumer that tells webhooks.
const WebhooksDurable = "reporting-webhooks"

// cloudEvent is an event as CloudEvents 1.0 writes it in JSON.
type cloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Source      string          `json:"source"`
	Subject     string          `json:"subject"`
	Time        string          `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
}

// Webhooks hands over the events, and how one is written.
func Webhooks(tell func(context.Context, []app.FeedEvent, func(app.FeedEvent) (string, error)) error) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		told := make([]app.FeedEvent, len(events))
		for i, e := range events {
			told[i] = app.FeedEvent{ID: e.ID, Type: e.Type, Subject: e.Subject, At: e.Time, Data: e.Data, Position: e.Sequence}
		}
		return tell(ctx, told, cloudEventOf)
	}
}

// Sample is an event that tells nothing: a webhook's test.
func Sample(at time.Time) (app.HookEvent, error) {
	e := app.FeedEvent{ID: uuid.NewString(), Type: "baoxue.webhook.test", Subject: "baoxue.reporting.v1.webhook_test", At: at}
	body, err := cloudEventWith(e, json.RawMessage("{}"))
	return app.HookEvent{FeedEvent: e, Body: body}, err
}

func cloudEventOf(e app.FeedEvent) (string, error) {
	data, err := dataOf(e)
	if err != nil {
		return "", fmt.Errorf("event %s: %w", e.ID, err)
	}
	return cloudEventWith(e, data)
}

func dataOf(e app.FeedEvent) (json.RawMessage, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return nil, err
	}
	message := kind.New().Interface()
	if err := proto.Unmarshal(e.Data, message); err != nil {
		return nil, err
	}
	return protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(message)
}

func cloudEventWith(e app.FeedEvent, data json.RawMessage) (string, error) {
	// baoxue.<service>.v1.<event>.<county>
	_, rest, _ := strings.Cut(e.Subject, ".")
	service, _, _ := strings.Cut(rest, ".")
	text, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Type: e.Type, Source: "/baoxue/" + service, Subject: e.Subject, Time: e.At.UTC().Format(time.RFC3339Nano),
		ContentType: "application/json", Data: data,
	})
	return string(text), err
}
