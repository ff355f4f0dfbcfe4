package events

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

// Webhooks hands over those events that others may read.
func Webhooks(tell func(context.Context, []app.HookEvent) error) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		var told []app.HookEvent
		for _, e := range events {
			if !slices.Contains(app.Published, e.Type) {
				continue
			}
			given := app.FeedEvent{ID: e.ID, Type: e.Type, Subject: e.Subject, At: e.Time, Data: e.Data, Position: e.Sequence}
			body, err := cloudEventOf(given)
			if err != nil {
				return fmt.Errorf("event %s: %w", e.ID, err)
			}
			told = append(told, app.HookEvent{FeedEvent: given, Body: body})
		}
		return tell(ctx, told)
	}
}

// Sample is an event that tells nothing: a webhook's test.
func Sample(at time.Time) (app.HookEvent, error) {
	e := app.FeedEvent{ID: uuid.NewString(), Type: "baoxue.webhook.test", Subject: "baoxue.reporting.v1.webhook_test", At: at}
	body, err := cloudEventWith(e, json.RawMessage("{}"))
	return app.HookEvent{FeedEvent: e, Body: body}, err
}

func cloudEventOf(e app.FeedEvent) (string, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return "", err
	}
	message := kind.New().Interface()
	if err := proto.Unmarshal(e.Data, message); err != nil {
		return "", err
	}
	data, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(message)
	if err != nil {
		return "", err
	}
	return cloudEventWith(e, data)
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
