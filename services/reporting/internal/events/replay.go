package events

import (
	"context"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/services/reporting/internal/app"
)

// Stream hands over all events from the first one on, or those after a position.
type Stream interface {
	Replay(ctx context.Context, batch int, handle bus.Handler) error
	ReplayAfter(ctx context.Context, after uint64, batch int, handle bus.Handler) (last uint64, err error)
}

// ReplayAfter implements app.Rebuild's replay.
func ReplayAfter(stream Stream, batch int) func(context.Context, app.FactStore, uint64) (uint64, error) {
	return func(ctx context.Context, to app.FactStore, after uint64) (uint64, error) {
		return stream.ReplayAfter(ctx, after, batch, Facts(to))
	}
}

// Replay implements app.Rerun's replay: a batch that goes beyond a stop is applied in two parts.
func Replay(stream Stream, batch int) func(context.Context, app.FactStore, []uint64, func(uint64) error) error {
	return func(ctx context.Context, to app.FactStore, stops []uint64, reached func(stop uint64) error) error {
		apply := Facts(to)
		err := stream.Replay(ctx, batch, func(ctx context.Context, events []bus.Event) error {
			for len(stops) > 0 && events[len(events)-1].Sequence > stops[0] {
				upTo := 0
				for events[upTo].Sequence <= stops[0] {
					upTo++
				}
				if upTo > 0 {
					if err := apply(ctx, events[:upTo]); err != nil {
						return err
					}
				}
				if err := reached(stops[0]); err != nil {
					return err
				}
				stops, events = stops[1:], events[upTo:]
			}
			return apply(ctx, events)
		})
		if err != nil {
			return err
		}
		for _, stop := range stops {
			if err := reached(stop); err != nil {
				return err
			}
		}
		return nil
	}
}
