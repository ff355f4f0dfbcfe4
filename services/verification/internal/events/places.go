// Package events applies what other services publish.
package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	eventv1 "baoxue.internal/proto/gen/baoxue/event/v1"
	"baoxue.internal/services/verification/internal/app"
)

// Durable is the name of verification's consumer.
const Durable = "verification-places"

// Subjects that verification listens to.
var Subjects = []string{"baoxue.ledger.v1.entry_routed.*"}

// Places applies where entries are handled.
func Places(store app.PlaceStore) bus.Handler {
	return func(ctx context.Context, events []bus.Event) error {
		places := make([]app.Place, 0, len(events))
		for _, e := range events {
			var r eventv1.EntryRouted
			if err := e.Decode(&r); err != nil {
				return err
			}
			places = append(places, app.Place{
				EntryID: r.GetEntryId(), CountyCode: r.GetCountyCode(), Source: int16(r.GetSource()),
				Version: int64(r.GetVersion()), At: r.GetOccurTime().AsTime(),
			})
		}
		return store.ApplyPlaces(ctx, places)
	}
}
